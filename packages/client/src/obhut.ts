import { parseVerifierKey } from '@obhut/proof';
import { type CustomerHandle, createCustomer } from './customer.ts';
import { createMemory, type KnownLogs } from './known-logs.ts';
import { type Paging, pageQuery } from './read.ts';
import { createTransport, pathOf, type TransportOptions } from './transport.ts';
import type { CreatedToken, Customer, CustomerPage, Id, NewToken, Purpose, TokenInfo } from './types.ts';
import { newUuid } from './uuid.ts';

export interface ObhutOptions extends TransportOptions {
  /** Verifier keys of logs (`origin+id+base64`), got from somewhere else than the server. `verifyReceipt` trusts them. */
  readonly keys?: readonly string[] | undefined;
  /** Where the last checkpoint of each log is remembered; in memory by default. */
  readonly knownLogs?: KnownLogs | undefined;
}

export interface Obhut {
  readonly customers: {
    create(customer: { readonly label: string }): Promise<Customer>;
    get(id: Id): Promise<Customer>;
    list(paging?: Paging): Promise<CustomerPage>;
  };
  customer(id: Id): CustomerHandle;
  readonly tokens: {
    create(token: NewToken): Promise<CreatedToken>;
    list(): Promise<readonly TokenInfo[]>;
    revoke(id: Id): Promise<TokenInfo>;
  };
  /** Closes the epoch of keys now, without waiting for the next regular rollover. Orders become final when it has ended. */
  rollOver(): Promise<void>;
  /** Why data may be read: the codes that `purpose` takes. */
  purposes(): Promise<readonly Purpose[]>;
}

/**
 * Obhut's API for a program. Nothing is asked before the first call.
 * @throws TypeError for a URL or token that can be none; ProofError for a key that is none.
 */
export function createObhut(options: ObhutOptions): Obhut {
  const transport = createTransport(options);
  const trust = {
    pinned: (options.keys ?? []).map(parseVerifierKey),
    knownLogs: options.knownLogs ?? createMemory(),
  };
  const customer = (id: Id): CustomerHandle => createCustomer(transport, trust, id);
  return {
    customer,
    customers: {
      create: (body) =>
        transport.json({
          method: 'POST',
          path: pathOf(['customers']),
          headers: { 'Idempotency-Key': newUuid() },
          body: JSON.stringify(body),
          repeatable: true,
        }),
      get: (id) => customer(id).get(),
      list: (paging = {}) => transport.json({ method: 'GET', path: pathOf(['customers'], pageQuery(paging)) }),
    },
    tokens: {
      // Not repeated: a lost answer would leave a token that nobody knows.
      create: (token) => transport.json({ method: 'POST', path: pathOf(['tokens']), body: JSON.stringify(token) }),
      async list() {
        const call = { method: 'GET', path: pathOf(['tokens']) } as const;
        return (await transport.json<{ readonly tokens: readonly TokenInfo[] }>(call)).tokens;
      },
      revoke: (id) => transport.json({ method: 'DELETE', path: pathOf(['tokens', id]) }),
    },
    async rollOver() {
      await transport.json({ method: 'POST', path: pathOf(['rollover']), body: '{}', repeatable: true });
    },
    async purposes() {
      const call = { method: 'GET', path: pathOf(['purposes']) } as const;
      return (await transport.json<{ readonly purposes: readonly Purpose[] }>(call)).purposes;
    },
  };
}
