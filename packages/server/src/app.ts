/** What Obhut is: the rooms, built from the ground up, and the routes in one list. How it runs is `main.ts`. */

import { type Access, createAccess, createGrantEnder } from './access/access.ts';
import { createPolicies, type Policies } from './access/policies.ts';
import { grantRoutes } from './access/routes/grants.ts';
import { historyRoutes } from './access/routes/history.ts';
import { overviewRoutes } from './access/routes/overview.ts';
import { policyRoutes } from './access/routes/policies.ts';
import type { Alerts } from './alerts/alerts.ts';
import { alertRoutes } from './alerts/routes.ts';
import { createAppAlerts, rareMs } from './app-alerts.ts';
import { lettersTo } from './app-letters.ts';
import { startUpkeep } from './app-upkeep.ts';
import { failingClaims } from './claims/watch.ts';
import { type Custody, createCustody } from './custody/custody.ts';
import { createErasures, type Erasures } from './custody/erasure/erasures.ts';
import { createLedger } from './custody/erasure/ledger.ts';
import { deadIds } from './custody/erasure/replay.ts';
import { holdStrangers } from './custody/objects/hold.ts';
import { requirePurposes } from './custody/routes/call-of.ts';
import { allOfCustody } from './custody/routes/custody-all.ts';
import { customerRoutes } from './custody/routes/customers.ts';
import { allOfErasure } from './custody/routes/erasure-all.ts';
import { grantHeader } from './custody/routes/grant-header.ts';
import { journalRoutes } from './custody/routes/journal.ts';
import { pageLogRoutes } from './custody/routes/page-log.ts';
import { viewerRoutes } from './custody/routes/viewer.ts';
import { createViewer } from './custody/viewer.ts';
import { type Customers, createCustomers } from './customers/customers.ts';
import { guardRoutes } from './identity/authenticate.ts';
import { createIdentity, type Identity } from './identity/identity.ts';
import { createRateLimit } from './identity/rate-limit.ts';
import { accountRoutes } from './identity/routes/account.ts';
import { createRoutesContext } from './identity/routes/context.ts';
import { linkRoutes } from './identity/routes/links.ts';
import { notifyRoutes } from './identity/routes/notify.ts';
import { sessionRoutes } from './identity/routes/session.ts';
import { signInRoutes } from './identity/routes/sign-ins.ts';
import { teamRoutes } from './identity/routes/team.ts';
import { tokenRoutes } from './identity/routes/tokens.ts';
import { createSeen } from './identity/seen.ts';
import { createNetworkLimit } from './identity/sessions/attempts.ts';
import { createTokenOffice, type TokenOffice } from './identity/token-office.ts';
import { createTokens, isReleasing, type Tokens } from './identity/tokens.ts';
import type { EntryKind } from './journal/entry.ts';
import { createJournal, type Journal } from './journal/journal.ts';
import type { GenerationReason } from './journal/never-fork.ts';
import { createSigner } from './journal/sign.ts';
import { createKeyring, type Keyring } from './keyring/keyring.ts';
import { restoreKeys } from './keyring/restore.ts';
import { createSafes } from './keyring/shared-safes.ts';
import type { Notifier } from './notify/notifier.ts';
import { createNotify } from './notify/notify.ts';
import type { Clock } from './platform/clock/clock.ts';
import type { Settings } from './platform/config/settings.ts';
import type { SecretKey } from './platform/crypto/key.ts';
import type { Database } from './platform/database/database.ts';
import { apiPage } from './platform/http/api-page.ts';
import { healthRoutes } from './platform/http/health.ts';
import { createHttpServer, type HttpServer } from './platform/http/server.ts';
import type { CustomerId } from './platform/ids/ids.ts';
import type { SecretStore } from './platform/secrets/secrets.ts';
import type { Site } from './platform/sites/site.ts';
import type { SourceBackups } from './practices/recovery/source-code/nightly.ts';
import { createSourceCode } from './practices/recovery/source-code/source-code.ts';
import { createSecurityPage, type SecurityPage } from './practices/security-page.ts';
import { rooms } from './rooms.ts';

export interface AppOptions {
  readonly settings: Settings;
  /** Reads them anew, for a preview of the page; without it, those of the start. @throws StartError */
  readonly settingsNow?: () => Settings;
  readonly version: string;
  /** Version and digest of what runs, for the proofs of the page. */
  readonly program?: string;
  readonly clock: Clock;
  readonly database: Database;
  readonly flushDatabase: Database;
  /** For look-ups of single rows, many at a time: one pipelined connection. */
  readonly readDatabase: Database;
  /** For probes: a role, or at least connections, that only read. */
  readonly probeDatabase: Database;
  readonly rootKey: SecretKey;
  readonly secrets: SecretStore;
  readonly sites: readonly Site[];
  /** Names this server's file of signed heads. */
  readonly node: string;
  /** Host part of new logs' origins. */
  readonly host: string;
  /** After a restore: end every log's generation and go on in the next. */
  readonly newGeneration?: GenerationReason;
  readonly integrateEveryMs?: number;
  readonly anchorEveryMs?: number;
  /** How often this server says that it lives. */
  readonly beatEveryMs?: number;
  /** How often it is looked which orders are due; 0: never by itself. */
  readonly erasureEveryMs?: number;
  /** How long searches of an old generation of lookups may still go on. */
  readonly graceMs?: number;
  /** How often it is looked whether a probe is due. */
  readonly probeEveryMs?: number;
  /** Alarms are only raised and told when asked: for tests, and for commands that only look. */
  readonly alarmsByThemselves?: false;
  /** Folders with everything that this installation writes; none where its database keeps its files elsewhere. */
  readonly files?: readonly string[];
}

export interface App {
  readonly server: HttpServer;
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly erasures: Erasures;
  readonly sourceBackups: SourceBackups;
  readonly customers: Customers;
  readonly custody: Custody;
  readonly identity: Identity;
  readonly access: Access;
  readonly policies: Policies;
  readonly page: SecurityPage;
  readonly notifier: Notifier;
  readonly alerts: Alerts;
  readonly tokens: Tokens;
  readonly office: TokenOffice;
  /** True when the first epoch was made: an empty installation. */
  readonly fresh: boolean;
  /** Why nothing can be served now, or `undefined`. */
  trouble(): string | undefined;
  close(): Promise<void>;
}

/**
 * Builds the rooms and makes sure that what was signed and sealed before still stands, before anything is served.
 * @throws StartError
 */
export async function createApp(options: AppOptions): Promise<App> {
  const { settings, clock, database, flushDatabase, readDatabase, secrets, sites } = options;
  const ledgerSites = sites.filter(({ purposes }) => purposes.includes('ledger'));
  const tables = rooms.flatMap(({ tables }) => tables);
  const journal = createJournal({
    database,
    flushDatabase,
    sites,
    signer: await createSigner(secrets, clock),
    clock,
    host: options.host,
    node: options.node,
    ...(options.integrateEveryMs !== undefined && { intervalMs: options.integrateEveryMs }),
    ...(options.anchorEveryMs !== undefined && { anchorEveryMs: options.anchorEveryMs }),
  });
  if (options.newGeneration !== undefined) {
    await holdStrangers(database, sites, clock.now());
    await journal.openGenerations(options.newGeneration);
  }
  await journal.neverFork();

  const safes = createSafes(
    sites.filter(({ purposes }) => purposes.includes('safe')),
    options.rootKey,
  );
  const keyring = createKeyring({
    database,
    readDatabase,
    clock,
    safes,
    fence: journal.fence,
    raiseFence: journal.raiseFence,
    maxCachedKeys: settings.keyCacheEntries,
    tables,
    sites: ledgerSites,
    node: options.node,
    ...(options.beatEveryMs !== undefined && { beatEveryMs: options.beatEveryMs }),
  });
  const ledger = await createLedger(database, ledgerSites, secrets);
  const dead = deadIds(await ledger.lines());
  await restoreKeys({
    database,
    safes,
    sites: ledgerSites,
    tables,
    isDead: (id) => dead.has(id),
  });
  const { made } = await keyring.ready();

  const customers = createCustomers({ database, journal, keyring, clock });
  const note = async (kind: EntryKind, refs: Record<string, string | number>) => {
    const actor = { kind: 'system', id: 'obhut' } as const;
    const entry = { kind, at: clock.now(), actor, outcome: 'done', refs } as const;
    await journal.append({ customer: await customers.operator(), log: 'operator', entry });
  };
  await note('server.start', { version: options.version, node: options.node, firstEpoch: made ? 1 : 0 });
  const tokens = createTokens(database, clock);
  const idKey = await secrets.key('derived-ids');
  const custody = createCustody({
    database,
    readDatabase,
    journal,
    keyring,
    sites,
    clock,
    idKey,
    quorum: settings.objects.quorum,
    limits: settings.limits,
    // All three are built further down; nothing is asked of them before they are there.
    warn: (sentence) => server.log.warn(sentence),
    recordUse: (grant, use) => access.uses.record(grant, use),
    recordOrders: () => erasures.record(),
    ...(options.graceMs !== undefined && { graceMs: options.graceMs }),
  });
  const rollover = keyring.rollover({
    renewLookups: custody.generations.replace,
    clearLookups: custody.generations.clear,
    note: (closed) => note('epoch.closed', { ...closed }),
  });
  const erasureFailed = () => server.log.error('an order of erasure could not go on; it does at the next turn');
  // Asked only once somebody can have signed in: `identity` is built further down.
  const team = () => identity.accounts.withRole(['owner', 'security']);
  const admins = (customer: CustomerId) => identity.accounts.withRole(['admin'], customer);
  const erasures = createErasures({
    database,
    journal,
    keyring,
    rollover,
    ledger,
    sites: custody.objects.sites,
    tables,
    clock,
    safes: safes.count,
    adminsOf: async (customer) => ({
      of: await customers.operator(),
      persons: (await identity.accounts.list(customer)).map(({ person }) => person),
    }),
    team,
    admins,
    tell: (connection, messages) => notify.outbox.put(connection, messages),
    listens: async () => (await notify.webhooks.list()).some(({ events }) => events.includes('person.erased')),
    ticked: () => alerts.jobs.done('erasures'),
    failed: erasureFailed,
    ...(options.erasureEveryMs !== undefined && { everyMs: options.erasureEveryMs }),
  });
  const tokenOptions = {
    tokens,
    journal,
    clock,
    operator: customers.operator,
    defaultRequestsPerSecond: settings.limits.requestsPerSecond,
  };
  const office = createTokenOffice({
    ...tokenOptions,
    tell: (connection, messages) => notify.outbox.put(connection, messages),
    // The team that watches, and the admins of the customer where it is one.
    watchers: async ({ actions, customer }) =>
      actions.some(isReleasing) ? [...(await team()), ...(customer === undefined ? [] : await admins(customer))] : [],
    confirmers: team,
  });
  const trouble = () => journal.trouble();

  const policies = createPolicies(settings.policies);
  const publicUrl = settings.url ?? `http://localhost:${settings.port}`;
  const notify = await createNotify({
    database,
    clock,
    secrets,
    settings,
    url: publicUrl,
    operator: customers.operator,
  });
  const ender = createGrantEnder();
  const identity = await createIdentity({
    database,
    journal,
    keyring,
    clock,
    secrets,
    settings,
    operator: customers.operator,
    tell: notify.outbox.put,
    endGrants: ender.end,
    mails: settings.mail !== undefined,
  });
  // Carries out what the ledger knows and this database does not: from here on there is whom it may have to tell of it.
  await erasures.replay();
  await custody.generations.rebuild();
  const access = createAccess({
    database,
    journal,
    keyring,
    clock,
    identity,
    policies,
    tell: notify.outbox.put,
    journalYears: settings.journal.accessYears,
    noticesArrived: notify.outbox.noticesArrived,
  });
  ender.use(access.grants);
  const notifier = notify.notifier({
    ran: () => alerts.jobs.done('messages'),
    ...lettersTo(database, identity, publicUrl),
  });
  const own = await customers.operator();

  const server = await createHttpServer({ settings, version: options.version });
  const failing = () => failingClaims({ database, operator: customers.operator });
  const alerts = await createAppAlerts({
    database,
    journal,
    clock,
    secrets,
    settings,
    sites,
    notify,
    operator: customers.operator,
    node: options.node,
    version: options.version,
    // Whoever can do something about it.
    team: () => identity.accounts.withRole(['owner', 'security', 'operations']),
    lateErasures: erasures.late,
    failingClaims: failing,
    compareObjects: custody.objects.compare,
    log: (sentence) => server.log.error(sentence),
  });
  const releasing = guardRoutes(server, {
    tokens,
    sessions: identity.sessions,
    rateLimit: createRateLimit(clock),
    url: settings.url,
    seen: createSeen({ journal, keyring, clock, log: server.log }),
    authorise(caller, right, customer = caller.customer) {
      // The operator's own logs hold what the staff did.
      const needed = right === 'journal.read' && customer === own ? 'operatorlog.read' : right;
      return policies.decide(caller, needed, customer).allowed;
    },
    clock,
  });
  requirePurposes(server);
  grantHeader(server, access, identity.accounts, clock);
  healthRoutes(server, trouble);
  apiPage(server);
  customerRoutes(server, { customers, journal, idKey });
  tokenRoutes(server, tokenOptions, office);
  const context = createRoutesContext({
    identity,
    customers,
    clock,
    url: settings.url,
    networkLimit: createNetworkLimit(clock, settings.limits.signInsPerNetwork),
    operatorName: settings.operator,
    form: settings.form,
    rightsOf: policies.rightsOf,
  });
  sessionRoutes(server, context);
  linkRoutes(server, context);
  accountRoutes(server, context);
  signInRoutes(server, context);
  teamRoutes(server, context);
  grantRoutes(server, { access, identity, customers, clock, url: settings.url });
  policyRoutes(server, policies);
  historyRoutes(server, { access, journal, clock, journalYears: settings.journal.accessYears });
  overviewRoutes(server, {
    access,
    identity,
    clock,
    mails: settings.mail !== undefined,
    countCustomers: customers.count,
    waitingTokens: async () =>
      (await tokens.list()).filter(
        ({ confirmedAt, revokedAt }) => confirmedAt === undefined && revokedAt === undefined,
      ),
    failingClaims: failing,
    openAlarms: () => alerts.store.list(['open'], 50),
  });
  alertRoutes(server, { alerts, identity });
  const viewer = createViewer({ custody, access, keyring, clock });
  const sourceCode = createSourceCode({
    settings,
    database,
    clock,
    rootKey: options.rootKey,
    sites,
    node: options.node,
    operator: customers.operator,
    failed: (repository, code) =>
      server.log.error(`backup of the repository ${repository}: ${code}; it is tried again`),
  });
  alerts.add(sourceCode.checks);
  const page = await createSecurityPage({
    database,
    probeDatabase: options.probeDatabase,
    journal,
    keyring,
    clock,
    settings,
    settingsNow: options.settingsNow ?? (() => settings),
    sites,
    tables,
    policies,
    server,
    releasing,
    operator: customers.operator,
    custody,
    erasures,
    ledger: ledger.check,
    sourceCode: sourceCode.needs,
    alarmRoutes: alerts.routes,
    waysOut: { tryMail: notify.mailer?.connect, webhooks: notify.webhooks.list },
    identity: { accounts: identity.accounts, profiles: identity.profiles },
    livingEpochs: safes.living,
    heldEpochs: safes.held,
    idKey,
    plantKey: await secrets.key('planted-values'),
    viewer,
    files: options.files ?? [],
    team,
    tell: notify.outbox.put,
    url: publicUrl,
    node: options.node,
    program: options.program ?? options.version,
    ran: () => alerts.jobs.done('probes'),
    ...(options.probeEveryMs !== undefined && { everyMs: options.probeEveryMs }),
  });
  viewerRoutes(server, viewer);
  notifyRoutes(server, { notify, journal, clock, operator: customers.operator });
  allOfErasure(server, {
    database,
    journal,
    clock,
    settings,
    erasures,
    office,
    operator: customers.operator,
    admins,
    tell: notify.outbox.put,
    linkKey: await secrets.key('receipt-links'),
    failed: erasureFailed,
  });
  journalRoutes(server, { journal, keyring, custody, clock });
  pageLogRoutes(server, journal, customers.operator);
  await allOfCustody(server, { custody, keyring, clock, idKey, limits: settings.limits });

  journal.integrator.start();
  keyring.nodes.start();
  if (options.erasureEveryMs !== 0) {
    alerts.jobs.expect('erasures', rareMs);
    erasures.start();
  }
  alerts.jobs.expect('messages', rareMs);
  notifier.start();
  if (options.alarmsByThemselves !== false) alerts.start();
  access.start();
  const upkeep = startUpkeep({
    custody,
    identity,
    jobs: alerts.jobs,
    failed: () => server.log.error('background work stopped; it goes on at the next turn'),
  });
  return {
    server,
    journal,
    keyring,
    erasures,
    sourceBackups: sourceCode.backups,
    customers,
    custody,
    identity,
    access,
    policies,
    page,
    notifier,
    alerts,
    tokens,
    office,
    fresh: made,
    trouble,
    async close() {
      await server.close();
      upkeep.stop();
      await alerts.stop();
      await page.stop();
      access.close();
      await identity.limited.stop();
      await notifier.stop();
      await sourceCode.backups.stop();
      await erasures.stop();
      await custody.generations.stop();
      await custody.backfill.stop();
      await keyring.nodes.stop();
      await journal.close();
      keyring.close();
    },
  };
}
