import { randomUUID } from 'node:crypto';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Identifiers are random UUIDs in lower case. They carry no meaning and may stand in URLs, logs and entries. */
export type CustomerId = Branded<'CustomerId'>;
export type PersonId = Branded<'PersonId'>;
export type RecordId = Branded<'RecordId'>;
export type FileId = Branded<'FileId'>;
export type LogId = Branded<'LogId'>;
export type KeyId = Branded<'KeyId'>;
export type EpochId = Branded<'EpochId'>;
export type OrderId = Branded<'OrderId'>;
export type HoldId = Branded<'HoldId'>;
export type ProposalId = Branded<'ProposalId'>;
export type RequestId = Branded<'RequestId'>;
export type TokenId = Branded<'TokenId'>;
export type AccountId = Branded<'AccountId'>;
export type SessionId = Branded<'SessionId'>;
export type FactorId = Branded<'FactorId'>;
export type GrantId = Branded<'GrantId'>;
export type NoticeId = Branded<'NoticeId'>;
export type LinkId = Branded<'LinkId'>;
export type FlowId = Branded<'FlowId'>;
export type SignInId = Branded<'SignInId'>;
export type MessageId = Branded<'MessageId'>;
export type WebhookId = Branded<'WebhookId'>;
export type UseId = Branded<'UseId'>;
export type RecoveryId = Branded<'RecoveryId'>;
export type AlarmId = Branded<'AlarmId'>;
export type ProofId = Branded<'ProofId'>;
/** A person's pseudonym in the journal: 128 random bits, base64url. It is no key and leads to nothing by itself. */
export type Subject = Branded<'Subject'>;
/** A name of a collection or field; declared free of personal data. */
export type Name = Branded<'Name'>;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const name = /^[a-z][a-z0-9_]{0,39}$/;

/** The same patterns for JSON Schema, so that a route and the code behind it agree. */
export const uuidPattern = uuid.source;
export const namePattern = name.source;

type AnyUuid =
  | CustomerId
  | PersonId
  | RecordId
  | FileId
  | LogId
  | KeyId
  | EpochId
  | OrderId
  | HoldId
  | RequestId
  | ProposalId
  | TokenId
  | AccountId
  | SessionId
  | FactorId
  | GrantId
  | NoticeId
  | LinkId
  | FlowId
  | SignInId
  | MessageId
  | WebhookId
  | AlarmId
  | UseId
  | RecoveryId
  | ProofId;

/** A new random identifier (RFC 9562, version 4). */
export function newId<Id extends AnyUuid>(): Id {
  return randomUUID() as string as Id;
}

export function isUuid(text: string): boolean {
  return uuid.test(text);
}

/**
 * Takes a text as an identifier of the wanted kind.
 * @throws TypeError when it is not a lower-case UUID; callers at the HTTP border validate by schema before.
 */
export function asId<Id extends AnyUuid>(text: string): Id {
  if (!uuid.test(text)) throw new TypeError('not a UUID in lower case');
  return text as Id;
}

/** @throws TypeError when the text is no name (`[a-z][a-z0-9_]{0,39}`). */
export function asName(text: string): Name {
  if (!name.test(text)) throw new TypeError('not a name: [a-z][a-z0-9_]{0,39}');
  return text as Name;
}
