/**
 * Signed webhooks (Standard Webhooks 1.0): `webhook-id`, `webhook-timestamp`, `webhook-signature: v1,<base64 HMAC-SHA-256>` over
 * `id.timestamp.body`. To public addresses only, unless the setting allows others: an address is checked after it was looked
 * up, and the connection goes to the address that was checked (against server-side request forgery).
 */
import { createHmac, randomBytes } from 'node:crypto';
import { lookup as resolve } from 'node:dns/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import ipaddr from 'ipaddr.js';
import type { Clock } from '../platform/clock/clock.ts';

export interface WebhookTarget {
  readonly url: string;
  /** `whsec_` and base64. */
  readonly secret: string;
}

export class WebhookError extends Error {
  override readonly name = 'WebhookError';
  readonly code: 'address_refused' | 'unreachable' | 'refused' | 'gone';
  constructor(code: WebhookError['code']) {
    super(`the webhook: ${code}`);
    this.code = code;
  }
}

const timeoutMs = 10_000;
const secretPrefix = 'whsec_';

export const newWebhookSecret = () => `${secretPrefix}${randomBytes(32).toString('base64')}`;

/** The signature of a body, as the receiver computes it too. */
export function signWebhook(secret: string, id: string, timestamp: number, body: string): string {
  const key = Buffer.from(secret.slice(secretPrefix.length), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/** Public unicast: neither this machine nor the network behind it. */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}

export interface WebhookSender {
  /** @throws WebhookError */
  send(target: WebhookTarget, id: string, payload: unknown): Promise<void>;
}

export function createWebhookSender(clock: Clock, { allowPrivate }: { readonly allowPrivate: boolean }): WebhookSender {
  async function addressOf(url: URL): Promise<{ address: string; family: number }> {
    const isHttps = url.protocol === 'https:';
    if (!isHttps && !(allowPrivate && url.protocol === 'http:')) throw new WebhookError('address_refused');
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const found = await resolve(host, { all: true }).catch(() => []);
    const [first] = found;
    if (first === undefined) throw new WebhookError('unreachable');
    if (!allowPrivate && !found.every(({ address }) => isPublicAddress(address)))
      throw new WebhookError('address_refused');
    return first;
  }

  return {
    async send({ url: text, secret }, id, payload) {
      const url = new URL(text);
      const { address, family } = await addressOf(url);
      const body = JSON.stringify(payload);
      const timestamp = Math.floor(clock.now().getTime() / 1_000);
      const status = await new Promise<number>((done, fail) => {
        const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
          method: 'POST',
          timeout: timeoutMs,
          // The address that was checked, whatever the name says a moment later.
          lookup: (_host, options, answer) =>
            options.all === true ? answer(null, [{ address, family }]) : answer(null, address, family),
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
            'user-agent': 'Obhut',
            'webhook-id': id,
            'webhook-timestamp': String(timestamp),
            'webhook-signature': signWebhook(secret, id, timestamp, body),
          },
        });
        request.on('response', (response) => {
          // What it says is of no interest, and not read.
          response.destroy();
          done(response.statusCode ?? 0);
        });
        request.on('timeout', () => request.destroy(new WebhookError('unreachable')));
        request.on('error', () => fail(new WebhookError('unreachable')));
        request.end(body);
      });
      if (status === 410) throw new WebhookError('gone');
      // A redirect is not followed: the receiver says where it is when the webhook is set up.
      if (status < 200 || status > 299) throw new WebhookError('refused');
    },
  };
}
