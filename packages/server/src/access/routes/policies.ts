/** The policies in force, for whoever may read the settings: administrators and auditors. */
import { Type } from 'typebox';
import type { HttpServer } from '../../platform/http/server.ts';
import type { Policies } from '../policies.ts';

export function policyRoutes(server: HttpServer, policies: Policies): void {
  server.get(
    '/v1/policies',
    {
      config: { guard: 'none', session: 'settings.read' },
      schema: {
        summary: 'The access policies in force (Cedar), and their hash',
        tags: ['settings'],
        response: {
          200: Type.Object({
            hash: Type.String({ description: 'SHA-256, as the entries name it' }),
            files: Type.Array(
              Type.Object({
                name: Type.String(),
                text: Type.String(),
                own: Type.Boolean({ description: 'added by the operator' }),
              }),
            ),
          }),
        },
      },
    },
    async () => ({ hash: policies.hash, files: policies.files.map((file) => ({ ...file })) }),
  );
}
