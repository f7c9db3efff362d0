/** Serves the built console: its page with a nonce of its own each time, its files from memory. */
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../platform/http/problem.ts';
import type { HttpServer } from '../platform/http/server.ts';

/** In the built page, where the nonce belongs (`packages/console/vite.config.ts`). */
const placeholder = '__CSP_NONCE__';

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
};

interface Asset {
  readonly type: string;
  readonly plain: Buffer;
  readonly br: Buffer | undefined;
  readonly gzip: Buffer | undefined;
}

async function load(folder: string): Promise<{ readonly page: string; readonly assets: ReadonlyMap<string, Asset> }> {
  const optional = (path: string) => readFile(path).catch(() => undefined);
  const assets = new Map<string, Asset>();
  for (const name of await readdir(folder)) {
    const type = types[extname(name)];
    if (type === undefined) continue;
    const path = join(folder, name);
    assets.set(name, {
      type,
      plain: await readFile(path),
      br: await optional(`${path}.br`),
      gzip: await optional(`${path}.gz`),
    });
  }
  return { page: await readFile(join(folder, 'index.html'), 'utf8'), assets };
}

/** Nothing from elsewhere, no inline script, nobody frames it (CSP Level 3). */
const policy = (nonce: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');

function accepts(request: FastifyRequest, coding: string): boolean {
  return String(request.headers['accept-encoding'] ?? '')
    .split(',')
    .some((one) => one.trim().split(';')[0] === coding);
}

function sendAsset(request: FastifyRequest, reply: FastifyReply, asset: Asset): FastifyReply {
  reply
    .type(asset.type)
    .header('cache-control', 'public, max-age=31536000, immutable')
    .header('vary', 'accept-encoding');
  if (asset.br !== undefined && accepts(request, 'br')) return reply.header('content-encoding', 'br').send(asset.br);
  if (asset.gzip !== undefined && accepts(request, 'gzip'))
    return reply.header('content-encoding', 'gzip').send(asset.gzip);
  return reply.send(asset.plain);
}

/** Where the console's own router takes over. */
const pages = ['/anmelden', '/start', '/einladung', '/passwort', '/konsole', '/konsole/*', '/portal', '/portal/*'];

/**
 * @param folder as `builtConsole` made it.
 * @returns what the public page takes from it: the script with which visitors verify, and the typeface.
 */
export async function consoleRoutes(
  server: HttpServer,
  folder: string,
  form: 'du' | 'sie',
): Promise<{ readonly script: string; readonly font: string | undefined } | undefined> {
  const { page, assets } = await load(folder);
  // How people are addressed in German is known before anybody has signed in.
  const addressed = page.replace('<html ', `<html data-form="${form}" `);
  const hidden = { config: { guard: 'public' as const }, schema: { hide: true } };

  for (const path of pages)
    server.get(path, hidden, async (_request, reply) => {
      const nonce = randomBytes(18).toString('base64');
      return reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', policy(nonce))
        .header('cross-origin-opener-policy', 'same-origin')
        .header('cross-origin-resource-policy', 'same-origin')
        .header('permissions-policy', 'camera=(), microphone=(), geolocation=(), payment=()')
        .send(addressed.replaceAll(placeholder, nonce));
    });

  server.get('/assets/console/:name', hidden, async (request, reply) => {
    const asset = assets.get((request.params as { name: string }).name);
    if (asset === undefined) throw new Problem('not_found');
    return sendAsset(request, reply, asset);
  });

  const pathOf = (wanted: RegExp) => {
    const name = [...assets.keys()].find((one) => wanted.test(one));
    return name === undefined ? undefined : `/assets/console/${name}`;
  };
  const script = pathOf(/^verify-[\w-]+\.js$/);
  return script === undefined ? undefined : { script, font: pathOf(/^source-sans-3-latin-wght-normal-[\w-]+\.woff2$/) };
}
