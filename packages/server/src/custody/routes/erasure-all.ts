/** Everything about erasure that can be called: orders, holds, proposals, requests, receipts, leaving. */
import type { TokenOffice } from '../../identity/token-office.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Settings } from '../../platform/config/settings.ts';
import type { SecretKey } from '../../platform/crypto/key.ts';
import type { Database } from '../../platform/database/database.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import type { CustomerId } from '../../platform/ids/ids.ts';
import type { Erasures } from '../erasure/erasures.ts';
import { createProposals, type ProposalsOptions } from '../erasure/proposals.ts';
import { erasureCustomers } from './erasure-customer.ts';
import { erasureRequestRoutes } from './erasure-requests.ts';
import { erasureRoutes } from './erasures.ts';
import { holdRoutes } from './holds.ts';
import { offboardingRoutes } from './offboarding.ts';
import { proposalRoutes } from './proposals.ts';
import { receiptRoutes } from './receipts.ts';

export interface AllOfErasureOptions {
  readonly database: Database;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly settings: Pick<Settings, 'erasure' | 'limits' | 'operator'>;
  readonly erasures: Erasures;
  readonly office: TokenOffice;
  readonly operator: () => Promise<CustomerId>;
  readonly admins: ProposalsOptions['admins'];
  readonly tell: ProposalsOptions['tell'];
  /** Opens receipts by their link. */
  readonly linkKey: SecretKey;
  /** Told when a rollover failed. */
  readonly failed: (error: unknown) => void;
}

export function allOfErasure(server: HttpServer, options: AllOfErasureOptions): void {
  const { journal, clock, settings, erasures, office, linkKey, failed } = options;
  const { coolingMinutes } = settings.erasure;
  const customers = erasureCustomers(journal, options.operator, linkKey);
  const proposals = createProposals({ ...options, place: erasures.place });
  erasureRoutes(server, { erasures, customers, coolingMinutes, secondAdmin: proposals.needed, failed });
  proposalRoutes(server, { proposals, customers, coolingMinutes });
  erasureRequestRoutes(server, { requests: erasures.requests, customers, coolingMinutes, clock });
  holdRoutes(server, { holds: erasures.holds, customers, clock });
  receiptRoutes(server, { erasures, journal, customers, linkKey, operatorName: settings.operator ?? 'Obhut' });
  offboardingRoutes(server, { office, customers, requestsPerSecond: settings.limits.requestsPerSecond, clock });
}
