/** The journal: takes finished bytes, makes them durable, and hands out receipts. It knows nobody's key. */
import type { Clock } from '../platform/clock/clock.ts';
import type { Database, Queryable } from '../platform/database/database.ts';
import type { CustomerId } from '../platform/ids/ids.ts';
import type { Site } from '../platform/sites/site.ts';
import { type AnchorProof, createAnchors } from './anchor.ts';
import { type Consistency, checkConsistency } from './consistency.ts';
import { type EncodedEntry, type Entry, encodeEntry } from './entry.ts';
import { createFences, type Fences } from './fence.ts';
import type { Companion, FlushItem, FlushOutcome, Rider } from './flush.ts';
import { type FsckReport, fsck } from './fsck.ts';
import { createHeads } from './heads.ts';
import { createIntegrator, type Integrator } from './integrate.ts';
import { createLogs, type Log, type LogKind, type Logs } from './logs.ts';
import { compareWithHeads, type GenerationReason, isSameDatabase, openNewGenerations } from './never-fork.ts';
import { pruneLog } from './prune.ts';
import { createAppendQueue, type QueueStatistics } from './queue.ts';
import { createJournalReader, type JournalReader } from './read.ts';
import { issueReceipt, type Receipt, type ReceiptPosition, type Release } from './receipt.ts';
import type { Signer } from './sign.ts';
import { createTreeBuilder } from './tree-builder.ts';

export interface AppendRequest<Payload = never> {
  readonly customer: CustomerId;
  readonly log: LogKind;
  readonly entry: Entry | EncodedEntry;
  /** The fence that the keys behind this request were loaded at. */
  readonly fence?: number;
  /** What the receipt of this entry will allow to be opened. */
  readonly release?: Release;
  /** Finished ciphertexts of the sealed details. */
  readonly subjectPart?: Buffer;
  readonly actorPart?: Buffer;
  /** The caller's own change, made in the same commit. */
  readonly rider?: { readonly rider: Rider<Payload>; readonly payload: Payload };
  readonly exclusive?: string;
  /** A second entry, in another log of the same customer, in the same commit. */
  readonly also?: { readonly log: LogKind; readonly entry: Entry };
}

export type Appended =
  | {
      readonly state: 'appended';
      readonly position: ReceiptPosition;
      readonly fence: number;
      /** Only where the request named a release. */
      readonly receipt: Receipt | undefined;
    }
  /** The keys are older than the customer's fence: load them anew and ask again. */
  | { readonly state: 'stale' }
  /** The rider did not apply it (a version did not match, a key was made by somebody else). Nothing was written. */
  | { readonly state: 'declined' }
  /** There is no such customer. */
  | { readonly state: 'no-log' };

export interface Journal extends Fences {
  /**
   * Durable when it resolves to `appended`.
   * @throws JournalUnavailable, OutcomeUnknown (release nothing), ItemRefused, WriteConflict
   */
  append<Payload = never>(request: AppendRequest<Payload>): Promise<Appended>;
  readonly logs: Logs;
  readonly read: JournalReader;
  readonly integrator: Integrator;
  /** That a log's checkpoint is covered by an entry of the page log; `undefined` before its first anchor. */
  anchor(log: Log): Promise<AnchorProof | undefined>;
  /** Integrates up to the heads kept outside the database and compares. Call before anything is served. */
  neverFork(): Promise<void>;
  /** Whether the database is still the one that was signed over. */
  isSameDatabase(): Promise<boolean>;
  /** After a restore or failover: ends every generation and begins the next, with the old head as first entry. */
  openGenerations(reason: GenerationReason): Promise<number>;
  fsck(): Promise<FsckReport>;
  /**
   * Ends what is over in every log, of every generation.
   * @param owner may delete entries, which the app may not.
   * @param before by kind of log; what was made earlier goes.
   * @returns how many entries went.
   */
  prune(owner: Database, before: Readonly<Record<LogKind, Date>>): Promise<number>;
  /** Compares with the heads outside the database while it runs. @param reader a connection that only reads. */
  consistency(reader: Queryable, signal: AbortSignal): Promise<Consistency>;
  verifierKey(origin: string): string;
  clockKey(origin: string): string;
  /** Why entries are refused or not integrated, or `undefined`. */
  trouble(): string | undefined;
  /** Refuses every entry for this reason, and so every release, until told otherwise (`undefined`). */
  refuse(reason: string | undefined): void;
  statistics(): QueueStatistics;
  close(): Promise<void>;
}

export interface JournalOptions {
  /** For reading and the background work. */
  readonly database: Database;
  /** For flushes alone: one connection, no statement timeout. */
  readonly flushDatabase: Database;
  readonly sites: readonly Site[];
  readonly signer: Signer;
  readonly clock: Clock;
  /** Host part of new logs' origins. */
  readonly host: string;
  /** Names this server's file of heads. */
  readonly node: string;
  readonly intervalMs?: number;
  readonly anchorEveryMs?: number;
}

export function createJournal(options: JournalOptions): Journal {
  const { database, signer, clock } = options;
  const logs = createLogs(database, options.host);
  const heads = createHeads(
    options.sites.filter(({ purposes }) => purposes.includes('heads')),
    options.node,
  );
  const queue = createAppendQueue({ database: options.flushDatabase, clock });
  const anchors = createAnchors({
    database,
    queue,
    logs,
    clock,
    ...(options.anchorEveryMs !== undefined && { everyMs: options.anchorEveryMs }),
  });
  const trees = createTreeBuilder();
  const integrator = createIntegrator({
    extend: trees.extend,
    afterRound: async () => {
      await anchors.anchor();
    },
    database,
    signer,
    heads,
    clock,
    ...(options.intervalMs !== undefined && { intervalMs: options.intervalMs }),
  });

  async function append<Payload>(request: AppendRequest<Payload>): Promise<Appended> {
    const found = logs.of(request.customer, request.log);
    const log = found instanceof Promise ? await found : found;
    if (log === undefined) return { state: 'no-log' };
    const { body, leaf } = 'body' in request.entry ? request.entry : encodeEntry(request.entry);
    const item: FlushItem = {
      customer: log.customer,
      log: log.id,
      fence: request.fence,
      body,
      leaf,
      ...(request.subjectPart && { subjectPart: request.subjectPart }),
      ...(request.actorPart && { actorPart: request.actorPart }),
      // A rider only ever gets back the payloads that were queued with it.
      ...(request.rider && { rider: request.rider as FlushItem['rider'] & object }),
      ...(request.exclusive !== undefined && { exclusive: request.exclusive }),
      ...(request.also && { also: await companion(request.customer, request.also) }),
    };
    return appended(log, leaf, await queue.append(item), request.release);
  }

  async function companion(customer: CustomerId, also: NonNullable<AppendRequest['also']>): Promise<Companion> {
    const log = await logs.of(customer, also.log);
    if (log === undefined) throw new Error(`the customer has no log of ${also.log}`);
    return { log: log.id, ...encodeEntry(also.entry) };
  }

  function appended(log: Log, leaf: Buffer, outcome: FlushOutcome, release: Release | undefined): Appended {
    if (outcome.state !== 'appended') return outcome;
    const position = { origin: log.origin, index: outcome.index, leaf };
    return {
      state: 'appended',
      position,
      fence: outcome.fence,
      receipt: release && issueReceipt(position, release, outcome.fence, clock),
    };
  }

  return {
    append,
    logs,
    read: createJournalReader(database),
    integrator,
    ...createFences(database, logs),
    anchor: anchors.proof,
    neverFork: () => compareWithHeads(database, logs, heads),
    isSameDatabase: () => isSameDatabase(database, heads),
    openGenerations: (reason) => openNewGenerations({ database, logs, heads, clock }, reason),
    async fsck() {
      return fsck(database, await logs.all(), (await heads.load()).heads);
    },
    async prune(owner, before) {
      let removed = 0;
      for (const log of await logs.all()) removed += await pruneLog(owner, log, before[log.kind]);
      return removed;
    },
    async consistency(reader, signal) {
      return checkConsistency(reader, await logs.all(), (await heads.load()).heads, signal);
    },
    verifierKey: signer.verifierKey,
    clockKey: signer.clockKey,
    trouble: () => queue.trouble() ?? integrator.trouble(),
    refuse: queue.refuse,
    statistics: queue.statistics,
    async close() {
      await integrator.stop();
      await queue.close();
      // What was appended last is signed before the door closes, where the database still answers.
      await integrator.round().catch(() => undefined);
      await trees.close();
    },
  };
}
