/** The security page: practices, their probes, the routes. Put together from what the rooms below have. */
import type { Policies } from '../access/policies.ts';
import { createAttestations } from '../claims/attestations.ts';
import { createProofStore } from '../claims/proof-store.ts';
import { createRunner, type Runner } from '../claims/runner.ts';
import { recordSentences } from '../claims/sentences.ts';
import type { Practice } from '../claims/vocabulary.ts';
import { type ClaimMessage, tellChanges } from '../claims/watch.ts';
import type { Custody } from '../custody/custody.ts';
import type { Erasures } from '../custody/erasure/erasures.ts';
import type { Viewer } from '../custody/viewer.ts';
import type { ReleasingRoute } from '../identity/authenticate.ts';
import type { Journal } from '../journal/journal.ts';
import type { Receipt } from '../journal/receipt.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { PersonHandle } from '../keyring/person-keys.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { Settings } from '../platform/config/settings.ts';
import type { SecretKey } from '../platform/crypto/key.ts';
import type { Database, Queryable } from '../platform/database/database.ts';
import type { TableDeclaration } from '../platform/database/tables.ts';
import type { HttpServer } from '../platform/http/server.ts';
import type { AccountId, CustomerId } from '../platform/ids/ids.ts';
import type { Site } from '../platform/sites/site.ts';
import { createPractices } from './catalogue.ts';
import { type ClaimRoutesOptions, claimRoutes } from './claim-routes.ts';
import { createViewAttempts } from './confidentiality/without-grant.ts';
import { createPlanter } from './encryption/plant.ts';
import { createWanted } from './encryption/wanted.ts';
import { createCanary } from './erasure/canary.ts';
import { loadLogo, logoRoute } from './logo.ts';
import type { Ask, PracticeNeeds } from './needs.ts';
import type { PageAssets } from './page-html.ts';
import { previewRoute } from './preview.ts';
import { recoveryRoutes } from './recovery/routes.ts';
import { pageRoutes } from './routes.ts';

export interface SecurityPage {
  readonly practices: readonly Practice[];
  readonly runner: Runner;
  /** What the console's build has for the page. */
  useAssets(assets: PageAssets | undefined): void;
  start(): void;
  stop(): Promise<void>;
}

export interface SecurityPageOptions {
  readonly database: Database;
  readonly probeDatabase: Database;
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly settings: Settings;
  /** Reads them anew, for a preview. @throws StartError */
  readonly settingsNow: () => Settings;
  readonly sites: readonly Site[];
  readonly tables: readonly TableDeclaration[];
  readonly policies: Policies;
  readonly server: HttpServer;
  readonly releasing: readonly ReleasingRoute[];
  readonly custody: Custody;
  readonly erasures: Erasures;
  readonly ledger: PracticeNeeds['ledger'];
  readonly sourceCode: PracticeNeeds['sourceCode'];
  readonly alarmRoutes: PracticeNeeds['recovery']['alarmRoutes'];
  readonly waysOut: Omit<PracticeNeeds['waysOut'], 'database'>;
  readonly identity: Pick<ClaimRoutesOptions, 'accounts' | 'profiles'>;
  readonly livingEpochs: () => Promise<ReadonlySet<string>>;
  readonly heldEpochs: PracticeNeeds['heldEpochs'];
  readonly idKey: SecretKey;
  /** From which planted values are derived. */
  readonly plantKey: SecretKey;
  readonly viewer: Viewer;
  readonly files: readonly string[];
  readonly operator: () => Promise<CustomerId>;
  /** Who is told when a claim turns. */
  readonly team: () => Promise<readonly AccountId[]>;
  readonly tell: (connection: Queryable, messages: readonly ClaimMessage[]) => Promise<void>;
  readonly url: string;
  readonly node: string;
  readonly program: string;
  /** After each round of probes. */
  readonly ran: () => void;
  readonly everyMs?: number;
}

/** As somebody who has nothing: no token, no session. */
const askOf =
  (server: HttpServer, url: string): Ask =>
  async (method, path, body) => {
    const { host, origin } = new URL(url);
    const answer = await server.inject({
      method: method as 'GET',
      url: path,
      headers: { host, origin, 'sec-fetch-site': 'same-origin' },
      ...(body !== undefined && { payload: body as object }),
    });
    const parsed = answer.headers['content-type']?.includes('json') ? (answer.json() as { code?: string }) : {};
    return { status: answer.statusCode, code: parsed.code, text: answer.body };
  };

/** The inner door, without what opens it. */
function openWithoutReceipt(keyring: Keyring): string {
  try {
    keyring.openRecords({} as Receipt, {} as PersonHandle, []);
    return 'opened';
  } catch (error) {
    return (error as { code?: string }).code ?? 'refused';
  }
}

export async function createSecurityPage(options: SecurityPageOptions): Promise<SecurityPage> {
  const { database, journal, keyring, clock, settings, sites, server, operator, url } = options;
  let assets: PageAssets | undefined;
  const logo = await loadLogo(settings.page?.logo);
  if (logo !== undefined) logoRoute(server, logo);
  const recovery = { settings, sites, alarmRoutes: options.alarmRoutes };
  recoveryRoutes(server, { database, ...recovery });
  const practices = createPractices({
    settings,
    sites,
    tables: options.tables,
    policies: options.policies,
    ask: askOf(server, url),
    releasing: options.releasing,
    openWithoutReceipt: () => openWithoutReceipt(keyring),
    files: options.files,
    plant: createPlanter(options),
    wanted: createWanted({ database, clock, operator, node: options.node, key: options.plantKey }),
    warn: (sentence) => server.log.error(sentence),
    consistency: journal.consistency,
    openings: keyring.openings,
    canary: createCanary(options),
    ledger: options.ledger,
    sourceCode: options.sourceCode,
    recovery,
    waysOut: { database, ...options.waysOut },
    livingEpochs: options.livingEpochs,
    heldEpochs: options.heldEpochs,
    viewWithoutGrant: createViewAttempts(options.viewer),
  });
  const measured = practices
    .flatMap(({ sentences }) => sentences.flatMap(({ claims }) => claims))
    .filter(({ grade }) => grade === 'measured');
  const store = createProofStore({ database, operator, claims: measured.map(({ id }) => id) });
  const attestations = createAttestations({ database, journal, clock, operator });
  const evidence = async () => ({ proofs: await store.newest(), attestations: await attestations.current() });
  const changed = async () => {
    await tellChanges({ practices, database, clock, operator, evidence, team: options.team, tell: options.tell });
  };
  const runner = createRunner({
    async afterwards() {
      await changed();
      options.ran();
    },
    practices,
    journal,
    store,
    clock,
    operator,
    context: { clock, database: options.probeDatabase },
    node: options.node,
    program: options.program,
    ...(options.everyMs !== undefined && { everyMs: options.everyMs }),
  });
  await attestations.renew();
  const { entries } = await recordSentences({ database, journal, clock, operator }, practices);
  const page = pageRoutes(server, {
    practices,
    store,
    evidence,
    journal,
    clock,
    sites,
    settings,
    operator,
    sentences: () => entries,
    url,
    assets: () => assets,
  });
  previewRoute(server, { settingsNow: options.settingsNow, page });
  claimRoutes(server, { ...options.identity, practices, runner, attestations, clock, page, changed });
  return {
    practices,
    runner,
    useAssets(built) {
      assets = built;
    },
    start: () => runner.start(),
    stop: () => runner.stop(),
  };
}
