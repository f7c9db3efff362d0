import { hash } from 'node:crypto';

/** node:crypto's SHA-256, for the functions of `@obhut/proof`. */
export const sha256 = (data: Uint8Array): Buffer => hash('sha256', data, 'buffer');
