/** The operator's own logo: checked at start, kept in memory, served as a picture and as nothing else. */
import { readFile } from 'node:fs/promises';
import { StartError } from '../platform/config/start-error.ts';
import type { HttpServer } from '../platform/http/server.ts';

export interface Logo {
  readonly type: 'image/png' | 'image/svg+xml';
  readonly content: Buffer;
}

const maxBytes = 100_000;
/** PNG (Third Edition), section 5.2. */
const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function typeOf(content: Buffer): Logo['type'] | undefined {
  if (content.subarray(0, 8).equals(pngSignature)) return 'image/png';
  return /^\uFEFF?\s*(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*<svg[\s>]/.test(content.toString('utf8'))
    ? 'image/svg+xml'
    : undefined;
}

/** @throws StartError `setting_invalid` */
export async function loadLogo(path: string | undefined): Promise<Logo | undefined> {
  if (path === undefined) return undefined;
  const refuse = (reason: string) =>
    new StartError('setting_invalid', `page.logo: ${path} ${reason}.`, 'Name a PNG or SVG file of 100 kB at the most.');
  const content = await readFile(path).catch(() => {
    throw refuse('cannot be read');
  });
  if (content.length > maxBytes) throw refuse(`has ${content.length} bytes`);
  const type = typeOf(content);
  if (type === undefined) throw refuse('is neither PNG nor SVG');
  return { type, content };
}

export const logoPath = '/logo';

export function logoRoute(server: HttpServer, { type, content }: Logo): void {
  server.get(logoPath, { config: { guard: 'public' }, schema: { hide: true } }, async (_request, reply) =>
    reply
      .type(type)
      .header('cache-control', 'public, max-age=3600')
      // An SVG can hold a script: opened by itself it may do nothing.
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
      .send(content),
  );
}
