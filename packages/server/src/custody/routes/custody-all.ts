/** The routes of people, records, files and their transfer. */
import type { Keyring } from '../../keyring/keyring.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { SecretKey } from '../../platform/crypto/key.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import type { Custody } from '../custody.ts';
import { bulkRoutes } from './bulk.ts';
import { collectionRoutes } from './collections.ts';
import { fileRoutes } from './files.ts';
import { personRoutes } from './people.ts';
import { recordRoutes } from './records.ts';
import { exportRoutes, importRoutes } from './transfer.ts';

export interface CustodyRoutesOptions {
  readonly custody: Custody;
  readonly keyring: Keyring;
  readonly clock: Clock;
  /** Derives the ids of what is made by a repeatable request. */
  readonly idKey: SecretKey;
  readonly limits: { readonly recordBytes: number; readonly fileBytes: number };
}

export async function allOfCustody(server: HttpServer, options: CustodyRoutesOptions): Promise<void> {
  const { custody, keyring, clock, idKey, limits } = options;
  collectionRoutes(server, custody, keyring);
  personRoutes(server, custody, keyring, idKey);
  recordRoutes(server, custody, limits.recordBytes);
  bulkRoutes(server, custody);
  exportRoutes(server, custody, clock.now);
  await server.register(async (scope) => {
    // In here every body is a stream, whatever its type says.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    fileRoutes(scope as HttpServer, custody, limits.fileBytes);
    importRoutes(scope as HttpServer, custody);
  });
}
