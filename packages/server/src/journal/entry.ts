/**
 * What stands in a log: canonical JSON (RFC 8785) of ids and codes of fixed form. Never a caller's text, never a
 * personal value; 16 random bytes in each, so that no entry can be guessed from its leaf.
 */
import { hash } from 'node:crypto';
import { randomFrom } from '../platform/crypto/random.ts';
import type { Name, Subject, TokenId } from '../platform/ids/ids.ts';

export const maxEntryBytes = 4096;

/** Who did it. `id` is a token's id, a subject (staff, admins) or a fixed name of a part of Obhut itself. */
export interface Actor {
  readonly kind: 'service' | 'staff' | 'admin' | 'system';
  readonly id: TokenId | Subject | SystemActor;
  readonly role?: string;
  /** ISO 3166-1 alpha-2, where it is known. */
  readonly country?: string;
}

export type SystemActor = 'obhut' | 'console' | 'machine';

export type EntryKind =
  | 'record.read'
  | 'record.write'
  | 'record.delete'
  | 'records.list'
  | 'records.find'
  | 'file.read'
  | 'file.write'
  | 'file.delete'
  | 'person.create'
  | 'person.export'
  | 'journal.read'
  | 'journal.generation'
  | 'service.seen'
  | 'account.create'
  | 'account.read'
  | 'account.change'
  | 'account.lock'
  | 'account.leave'
  | 'account.recover'
  | 'factor.add'
  | 'factor.remove'
  | 'link.make'
  | 'session.open'
  | 'session.refuse'
  | 'session.confirm'
  | 'session.end'
  | 'signins.read'
  | 'webhook.add'
  | 'webhook.end'
  | 'grant.request'
  | 'grant.agree'
  | 'grant.approve'
  | 'grant.deny'
  | 'grant.start'
  | 'grant.end'
  | 'grant.review'
  | 'grant.read'
  | 'access.policy'
  | 'claim.proof'
  | 'claim.sentence'
  | 'claim.attest'
  | 'claim.withdraw'
  | 'customer.create'
  | 'collection.change'
  | 'token.create'
  | 'token.confirm'
  | 'token.revoke'
  | 'erasure.ordered'
  | 'erasure.withdrawn'
  | 'erasure.final'
  | 'erasure.proposed'
  | 'erasure.confirmed'
  | 'erasure.declined'
  | 'erasure.followed'
  | 'request.noted'
  | 'request.extended'
  | 'request.ordered'
  | 'request.answered'
  | 'hold.placed'
  | 'hold.lifted'
  | 'epoch.closed'
  | 'alarm.open'
  | 'alarm.acknowledge'
  | 'alarm.resolve'
  | 'server.start'
  | 'kit.rehearsed'
  | 'anchor';

/** How much was asked for, in declared names and counts. */
export interface Scope {
  readonly collection?: Name;
  readonly fields?: readonly Name[];
  /** Instead of `fields` where there are too many for an entry: SHA-256 (base64) of the names, a line each, sorted. */
  readonly fieldsDigest?: string;
  readonly count?: number;
}

export interface Entry {
  readonly kind: EntryKind;
  readonly at: Date;
  readonly actor: Actor;
  /** The person, by pseudonym (access log only). */
  readonly subject?: Subject;
  readonly purpose?: string;
  readonly legalBasis?: string;
  readonly grant?: string;
  readonly scope?: Scope;
  readonly outcome: 'authorised' | 'done' | 'refused' | 'ordered';
  readonly client?: 'api' | 'console' | 'machine';
  /** SHA-256 (base64) of each sealed detail's plaintext, which holds a salt of its own. */
  readonly sealed?: readonly string[];
  /** Further ids and codes of fixed form: an order, a token, an epoch, digests. */
  readonly refs?: Readonly<Record<string, string | number>>;
}

/** An entry as it is stored: the bytes, and the leaf hash that stands for them in the tree. */
export interface EncodedEntry {
  readonly body: Buffer;
  readonly leaf: Buffer;
}

/** 16 random bytes, base64url. */
export function newSalt(): string {
  return randomFrom(16).toString('base64url');
}

/** Printable ASCII without quote and backslash: what ids and codes are made of, and what JSON writes as it is. */
const plainText = /^[ !#-[\]-~]*$/;

const quote = (text: string) => (plainText.test(text) ? `"${text}"` : JSON.stringify(text));
const member = (name: string, text: string | undefined) => (text === undefined ? '' : `"${name}":${quote(text)},`);
const array = (texts: readonly string[]) => `[${texts.map(quote).join(',')}]`;

function scopeText({ collection, count, fields, fieldsDigest }: Scope): string {
  const members = `${member('collection', collection)}${count === undefined ? '' : `"count":${JSON.stringify(count)},`}${
    fields === undefined ? '' : `"fields":${array(fields)},`
  }${member('fieldsDigest', fieldsDigest)}`;
  return `"scope":{${members.slice(0, -1)}},`;
}

function refsText(refs: Readonly<Record<string, string | number>>): string {
  const sorted = Object.entries(refs).sort(([a], [b]) => (a < b ? -1 : 1));
  return `"refs":{${sorted.map(([name, value]) => `${quote(name)}:${typeof value === 'string' ? quote(value) : JSON.stringify(value)}`).join(',')}},`;
}

/** Whoever calls calls again. */
const actorTexts = new WeakMap<Actor, string>();

function actorText(actor: Actor): string {
  const known = actorTexts.get(actor);
  if (known !== undefined) return known;
  const { country, id, kind, role } = actor;
  const after = role === undefined ? '' : `,"role":${quote(role)}`;
  const text = `"actor":{${member('country', country)}"id":${quote(id)},"kind":${quote(kind)}${after}},`;
  actorTexts.set(actor, text);
  return text;
}

let lastTime = { ms: Number.NaN, text: '' };

/** Entries of one batch share their millisecond, and writing it out costs as much as all the rest of an entry's text. */
function timeText(at: Date): string {
  const ms = at.getTime();
  if (ms !== lastTime.ms) lastTime = { ms, text: at.toISOString() };
  return lastTime.text;
}

/**
 * The canonical bytes. The members stand in the order that RFC 8785 sorts them (UTF-16 code units); written out by hand,
 * because every read and write makes one, and `JSON.stringify` of the object costs three times as much. A property test
 * compares with an independent canonicaliser.
 */
export function encodeEntry(entry: Entry, salt: string = newSalt()): EncodedEntry {
  const { scope, refs, sealed } = entry;
  const text = `{${actorText(entry.actor)}"at":"${timeText(entry.at)}",${
    entry.client === undefined ? '' : `"client":{"kind":${quote(entry.client)}},`
  }${member('grant', entry.grant)}"kind":${quote(entry.kind)},${member('legalBasis', entry.legalBasis)}"outcome":${quote(entry.outcome)},${member('purpose', entry.purpose)}${refs === undefined ? '' : refsText(refs)}"salt":${quote(salt)},${
    scope === undefined ? '' : scopeText(scope)
  }${sealed === undefined ? '' : `"sealed":${array(sealed)},`}${member('subject', entry.subject)}"v":1}`;
  // The prefix of the leaf hash stands before the body in one buffer, so that nothing is copied to hash it.
  const prefixed = Buffer.from(`\0${text}`, 'utf8');
  const body = prefixed.subarray(1);
  if (body.length > maxEntryBytes) throw new RangeError(`an entry has at most ${maxEntryBytes} bytes`);
  return { body, leaf: hash('sha256', prefixed, 'buffer') };
}

const leafPrefix = Buffer.from([0]);

/** RFC 6962, section 2.1: SHA-256(0x00 ‖ entry). */
export function leafHash(body: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([leafPrefix, body]), 'buffer');
}

/** Enough room for the rest of an entry beside them. */
const maxFieldsBytes = 2_048;

/** The fields of a scope: by name, or by digest where the names would not fit. They are declared free of personal data. */
export function fieldsScope(fields: readonly Name[]): Pick<Scope, 'fields' | 'fieldsDigest'> {
  const names = [...fields].sort().join('\n');
  if (names.length <= maxFieldsBytes) return { fields };
  return { fieldsDigest: hash('sha256', names, 'base64') };
}
