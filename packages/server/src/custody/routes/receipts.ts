/**
 * Receipts of erasure, to read, to print and to verify. Besides the route behind the door there is a link that needs none:
 * it opens this one receipt and nothing else, so that somebody has it who is no customer any more. It is derived, not
 * stored, and shows no personal data.
 */
import { randomBytes } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { Journal } from '../../journal/journal.ts';
import { type SecretKey, sameBytes } from '../../platform/crypto/key.ts';
import { languageOf, Problem } from '../../platform/http/problem.ts';
import { uuid } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { asId, type CustomerId, type OrderId } from '../../platform/ids/ids.ts';
import type { Erasures } from '../erasure/erasures.ts';
import { type ReceiptLanguage, receiptPage } from '../erasure/receipt-page.ts';
import type { ErasureCustomers } from './erasure-customer.ts';
import { linkSecret } from './receipt-link.ts';

export interface ReceiptRoutesOptions {
  readonly erasures: Erasures;
  readonly journal: Journal;
  readonly customers: ErasureCustomers;
  readonly linkKey: SecretKey;
  readonly operatorName: string;
}

export function receiptRoutes(server: HttpServer, options: ReceiptRoutesOptions): void {
  const { erasures, journal, customers, linkKey, operatorName } = options;
  const orderParams = Type.Object({ customer: uuid('the customer'), order: uuid('the order') });
  const linkParams = Type.Object({
    customer: uuid('the customer'),
    order: uuid('the order'),
    link: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
  });
  const querystring = Type.Object({ language: Type.Optional(Type.Enum(['de', 'en'])) });

  /** `undefined` while the order is not final, or its checkpoint is not signed yet. */
  const proofOf = (customer: CustomerId, order: OrderId) =>
    erasures.receipt(customer, order).catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'not_yet') return undefined;
      throw error;
    });

  async function send(
    reply: FastifyReply,
    {
      customer,
      order,
      language,
      base,
    }: {
      readonly customer: CustomerId;
      readonly order: OrderId;
      readonly language: ReceiptLanguage;
      readonly base: { readonly page: string; readonly file: string };
    },
  ): Promise<FastifyReply> {
    const found = await erasures.get(customer, order);
    const log = await journal.logs.of(customer, 'orders');
    const nonce = randomBytes(18).toString('base64');
    const page = receiptPage({
      language,
      nonce,
      operator: operatorName,
      order: found,
      proof: await proofOf(customer, order),
      logKey: journal.verifierKey(log?.origin ?? ''),
      otherUrl: `${base.page}?language=${language === 'de' ? 'en' : 'de'}`,
      fileUrl: base.file,
    });
    return (
      reply
        .type('text/html; charset=utf-8')
        .header('content-language', language)
        .header('cache-control', 'no-store')
        // The address of a link is its key: it goes nowhere else.
        .header('referrer-policy', 'no-referrer')
        .header(
          'content-security-policy',
          `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
        )
        .send(page.text)
    );
  }

  function linked({ customer, order, link }: { customer: string; order: string; link: string }) {
    const of = { customer: asId<CustomerId>(customer), order: asId<OrderId>(order) };
    if (!sameBytes(linkSecret(linkKey, of.customer, of.order), Buffer.from(link, 'base64url')))
      throw new Problem('not_found');
    return of;
  }

  server.get(
    '/v1/customers/:customer/erasures/:order/receipt.html',
    {
      config: { guard: 'erasures:read', session: 'erasures.read' },
      schema: { summary: 'The receipt of erasure to print', tags: ['erasure'], params: orderParams, querystring },
    },
    async (request, reply) => {
      const customer = await customers.of(request.params.customer);
      const order = asId<OrderId>(request.params.order);
      const base = `/v1/customers/${customer}/erasures/${order}`;
      return send(reply, {
        customer,
        order,
        language: request.query.language ?? languageOf(request.headers['accept-language']),
        base: { page: `${base}/receipt.html`, file: `${base}/receipt` },
      });
    },
  );

  server.get(
    '/beleg/:customer/:order/:link',
    {
      config: { guard: 'public' },
      schema: {
        summary: 'The receipt of erasure to print, by its link: also for somebody who is no customer any more',
        tags: ['erasure'],
        params: linkParams,
        querystring,
      },
    },
    async (request, reply) => {
      const { customer, order } = linked(request.params);
      const page = `/beleg/${customer}/${order}/${request.params.link}`;
      return send(reply, {
        customer,
        order,
        language: request.query.language ?? languageOf(request.headers['accept-language']),
        base: { page, file: `${page}/receipt` },
      });
    },
  );

  server.get(
    '/beleg/:customer/:order/:link/receipt',
    {
      config: { guard: 'public' },
      schema: {
        summary: 'The receipt of erasure as a .tlog-proof file, by its link',
        tags: ['erasure'],
        params: linkParams,
      },
    },
    async (request, reply) => {
      const { customer, order } = linked(request.params);
      return reply
        .type('text/plain; charset=utf-8')
        .header('referrer-policy', 'no-referrer')
        .send(await erasures.receipt(customer, order));
    },
  );
}
