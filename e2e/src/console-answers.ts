/** What the made-up server says: a little of everything, so that each page shows each of its states. */
import type {
  AccessRow,
  Collection,
  Customer,
  Factors,
  Grant,
  JournalEntry,
  Member,
  Session,
  SessionInfo,
  SignIn,
} from '../../packages/console/src/api/types.ts';
import { alarmAnswers } from './console-alarm-answers.ts';
import { erasureAnswers } from './console-erasure-answers.ts';
import { at, id, ids } from './console-ids.ts';
import { recoveryAnswers } from './console-recovery-answers.ts';
import { tokens } from './console-tokens.ts';

const factors = { passkeys: 1, password: true, totp: true, recoveryCodes: 8 };
const log = { origin: 'obhut.example/log/a', key: 'obhut.example/log/a+067a3b58+AWDs9m' };

const staffRights = [
  ...['staff.read', 'staff.manage', 'staff.unlock', 'signins.read', 'customers.read', 'customers.create'],
  ...[
    'admins.manage',
    'collections.read',
    'tokens.read',
    'tokens.manage',
    'tokens.confirm',
    'grants.request',
    'grants.agree',
  ],
  ...['grants.read', 'grants.end', 'grants.review', 'data.view', 'journal.read', 'operatorlog.read', 'settings.read'],
  'claims.attest',
  'alarms.read',
  'alarms.acknowledge',
  'erasures.read',
  'erasures.order',
];
const adminRights = [
  'portal.read',
  'portal.approve',
  'portal.end',
  'portal.admins',
  'portal.policy',
  'portal.erase',
  'journal.read',
  'erasures.read',
  'erasures.order',
];

export function sessionOf(kind: Session['kind'], language: Session['language']): Session {
  return {
    account: ids.me,
    kind,
    name: kind === 'staff' ? 'Olga Beispiel' : 'Anja Beispiel',
    email: 'somebody@example.org',
    language,
    country: 'DE',
    passwordLeaked: false,
    roles: [{ role: kind === 'staff' ? 'owner' : 'admin', expiresAt: at(60 * 24 * 100) }],
    customer: kind === 'admin' ? { id: ids.customer, label: 'beratung-nord' } : null,
    method: 'passkey',
    freshUntil: at(9),
    expiresAt: at(600),
    rights: kind === 'staff' ? staffRights : adminRights,
    operator: 'Beispiel GmbH',
    form: 'du',
    factors,
  };
}

const device = { type: 'desktop', browser: 'Firefox', system: 'macOS' } as const;

function member(account: string, more: Partial<Member>): Member {
  return {
    account,
    name: 'Sina Support',
    email: 'sina.support@example.org',
    state: 'active',
    roles: [{ role: 'support', grantedBy: ids.me, expiresAt: at(60 * 24 * 9) }],
    factors,
    lastSignInAt: at(-75),
    country: 'DE',
    locked: false,
    ...more,
  };
}

const members = [
  member(ids.me, { name: 'Olga Beispiel', email: 'somebody@example.org' }),
  member(ids.colleague, { locked: true }),
  member(id(3), {
    name: 'Wanda Wartet',
    state: 'invited',
    lastSignInAt: null,
    factors: { ...factors, passkeys: 0, password: false },
  }),
];

function signIn(number: number, more: Partial<SignIn>): SignIn {
  return {
    id: id(100 + number),
    at: at(-number * 40),
    account: ids.me,
    name: 'Olga Beispiel',
    act: 'sign-in',
    outcome: 'ok',
    attempts: 1,
    method: 'passkey',
    provider: '1Password',
    address: '2001:db8:4f2c:91aa::17',
    device: { ...device, userAgent: 'Mozilla/5.0' },
    newDevice: false,
    newPlace: false,
    log: 'access',
    index: number,
    ...more,
  };
}

const signIns = [
  signIn(1, { newDevice: true, newPlace: true }),
  signIn(2, { outcome: 'failed', account: null, name: null, method: 'password', provider: null }),
  signIn(4, { act: 'confirm' }),
  signIn(5, { act: 'approve', outcome: 'failed' }),
  signIn(6, { outcome: 'limited', attempts: 214, account: null, name: null, method: 'password', provider: null }),
  signIn(3, { outcome: 'locked', method: 'password+totp', provider: null, address: '192.0.2.7' }),
];

export function grantOf(number: number, more: Partial<Grant> = {}): Grant {
  return {
    id: id(number),
    customer: ids.customer,
    customerLabel: 'beratung-nord',
    collections: [
      { collection: 'contacts', fields: ['name', 'mail'] },
      { collection: 'cases', fields: null },
    ],
    persons: null,
    purpose: 'customer_request',
    minutes: 60,
    emergency: false,
    ticket: 'T-4711',
    justification: 'The customer cannot open this person since yesterday, and asks us to look.',
    telemetry: 'They only show that it fails.',
    requester: { account: ids.colleague, name: 'Sina Support', role: 'support', country: 'DE' },
    state: 'active',
    mode: 'ask_first',
    policyHash: 'a1'.repeat(32),
    requestHash: 'b2'.repeat(32),
    requestedAt: at(-50),
    answerBy: at(60 * 90),
    agreedAt: at(-40),
    approvedAt: at(-30),
    consent: 'customer',
    signed: true,
    startsAt: at(-30),
    endsAt: at(30),
    endedAt: null,
    endedBy: null,
    firstAccessAt: at(-20),
    noticeDueAt: at(60 * 70),
    noticeSentAt: null,
    accesses: 3,
    unmasked: 1,
    review: null,
    may: ['end', 'view'],
    ...more,
  };
}

const waiting = {
  agreedAt: null,
  approvedAt: null,
  consent: null,
  signed: false,
  startsAt: null,
  endsAt: null,
} as const;
const untouched = { ...waiting, accesses: 0, unmasked: 0, firstAccessAt: null, noticeDueAt: null } as const;

const grants = [
  grantOf(30),
  grantOf(31, { ...untouched, state: 'requested', may: ['agree', 'deny'] }),
  grantOf(32, { ...untouched, state: 'agreed', agreedAt: at(-5), may: ['approve', 'deny'] }),
  grantOf(33, {
    emergency: true,
    state: 'ended',
    consent: 'emergency',
    signed: false,
    endedAt: at(-1),
    endedBy: 'customer',
    noticeDueAt: at(-10),
    review: { dueAt: at(60), doneAt: null, verdict: null },
    may: ['review'],
  }),
  grantOf(34, { ...untouched, state: 'denied', may: [] }),
  grantOf(35, { ...untouched, state: 'dead', may: [] }),
];

const accesses: readonly AccessRow[] = (['viewed', 'unmasked', 'searched', 'api'] as const).map((type, number) => ({
  grant: ids.grant,
  at: at(-100 - number),
  until: at(-90 - number),
  durationSeconds: 600 + number,
  cause: 'customer_request',
  role: 'support',
  country: number === 3 ? 'AT' : 'DE',
  type,
  collections: ['contacts', 'cases'],
  fields: ['name'],
  persons: number,
  records: 4,
  consent: number === 2 ? 'policy' : 'customer',
  retention: { journalUntil: at(60 * 24 * 1_000), copies: 'none' },
  entryCount: 1,
  generation: 1,
  noticeDueAt: number === 1 ? at(-5) : at(60 * 70),
  noticeSentAt: number === 0 ? at(-2) : null,
  entries: [number + 4, number + 9],
}));

const entries: readonly JournalEntry[] = [3, 2, 1, 0].map((index) => ({
  index,
  entry: {
    kind: index === 0 ? 'customer.created' : 'record.viewed',
    at: at(-index),
    actor: { kind: 'staff', id: ids.colleague, role: 'support', country: 'DE' },
    purpose: 'customer_request',
    outcome: 'ok',
    scope: { collection: 'contacts', fields: ['name'], count: 1 },
  },
}));

const customer: Customer = {
  id: ids.customer,
  label: 'beratung-nord',
  createdAt: at(-60 * 24 * 90),
  logs: { access: log, orders: log },
};

const collections: readonly Collection[] = [
  {
    name: 'contacts',
    version: 1,
    definition: {
      fields: {
        name: { class: 'personal', mask: 'initial' },
        mail: { class: 'personal', mask: 'domain', lookup: true },
        iban: { class: 'sensitive' },
        plan: { class: 'plain' },
      },
    },
  },
  { name: 'cases', version: 2, definition: { fields: { note: { class: 'sensitive' } } } },
];

const ownFactors: Factors = {
  passkeys: [
    { id: 'one', label: 'Laptop', provider: '1Password', backedUp: true, createdAt: at(-9_999), lastUsedAt: at(-3) },
    { id: 'two', label: '', provider: null, backedUp: false, createdAt: at(-9_999), lastUsedAt: null },
  ],
  password: { setAt: at(-9_999) },
  recoveryCodes: 8,
};

const sessions: readonly SessionInfo[] = [true, false, false].map((current, number) => ({
  id: id(60 + number),
  current,
  method: 'passkey',
  device: current ? device : { type: 'mobile', browser: 'Safari', system: 'iOS' },
  createdAt: at(-300),
  lastSeenAt: at(-number),
}));

const needs = [
  'notice_overdue',
  'grant_agree',
  'review_due',
  'claim_fails',
  'role_expires',
  'account_locked',
  'mail_missing',
  'one_owner',
];

const claims = (['holds', 'fails', 'unknown'] as const).map((verdict, number) => ({
  id: `claim-${number}`,
  predicate: { de: 'Jeder Datensatz ist verschlüsselt.', en: 'Every stored record is encrypted.' },
  grade: verdict === 'unknown' ? 'unknown' : 'measured',
  verdict,
  reason: verdict === 'fails' ? 'three-open' : null,
  why: null,
  remedy: verdict === 'fails' ? { de: 'Sieh in der Datenbank nach.', en: 'Look into the database.' } : null,
  byHand: null,
  attestation: null as unknown,
  vouched: null as unknown,
  missing: verdict === 'unknown' ? { de: 'Die Messung fehlt.', en: 'No probe yet.' } : null,
  proof: verdict === 'unknown' ? null : { observedAt: at(1), counts: { checked: 12, open: number } },
}));

const vouched = (['attested', 'declared'] as const).map((grade, number) => ({
  ...claims[2],
  id: `compliance.vouched-${number}`,
  verdict: 'holds',
  byHand: grade,
  attestation: {
    grade,
    by: 'Prüfstelle Beispiel',
    text: { de: 'Die Prüfung ist bestanden.', en: 'The audit was passed.' },
    at: at(1),
    until: at(-9_999),
  },
  vouched: { at: at(1), name: number === 0 ? 'Erika Beispiel' : null },
}));

const plain: Readonly<Record<string, unknown>> = {
  'GET /v1/claims': {
    count: { holds: 1, attested: 1, declared: 1, fails: 1, unknown: 1 },
    practices: [
      {
        id: 'compliance',
        title: { de: 'Nachweise von außen', en: 'Attestations' },
        sentences: [
          {
            id: 'hosting',
            text: { de: 'Die Rechenzentren sind geprüft.', en: 'The data centres are audited.' },
            claims: vouched,
          },
        ],
      },
      {
        id: 'encryption',
        title: { de: 'Verschlüsselung', en: 'Encryption' },
        sentences: [{ id: 'stored', text: { de: 'Alles ist verschlüsselt.', en: 'All is encrypted.' }, claims }],
      },
    ],
  },
  'GET /v1/overview': {
    at: at(0),
    needsMe: needs.map((kind, number) => ({
      kind,
      id: number < 3 ? id(31) : null,
      at: at(-9),
      dueAt: number < 4 ? at(60 * number - 5) : null,
    })),
    counts: { customers: 12, openGrants: 3, staff: 7 },
  },
  'GET /v1/customers': {
    customers: [
      customer,
      { ...customer, id: ids.operator, label: 'a-customer-with-a-very-long-label-that-has-to-break-somewhere' },
    ],
    next: null,
  },
  [`GET /v1/customers/${ids.customer}`]: customer,
  [`GET /v1/customers/${ids.customer}/collections`]: { collections },
  [`GET /v1/customers/${ids.customer}/people`]: { people: [ids.person, id(22)], next: null },
  [`GET /v1/customers/${ids.customer}/admins`]: {
    admins: members.map((one) => ({ ...one, roles: [{ role: 'admin', grantedBy: null, expiresAt: at(9_999) }] })),
  },
  [`GET /v1/customers/${ids.customer}/accesses`]: { accesses, next: null },
  [`GET /v1/customers/${ids.customer}/journal`]: { ...log, entries, next: null },
  [`GET /v1/customers/${ids.operator}/journal`]: { ...log, entries, next: null },
  [`GET /v1/customers/${ids.customer}/access-policy`]: { mode: 'ask_first', answerWithinHours: 96, since: at(-99) },
  ...erasureAnswers(id, at, ids.customer, ids.person),
  'GET /v1/operator': { customer: ids.operator },
  'GET /v1/grants': { grants, next: null },
  'GET /v1/staff': { staff: members },
  'GET /v1/sign-ins': { signIns, next: null },
  'GET /v1/tokens': { tokens },
  'GET /v1/policies': {
    hash: 'c3'.repeat(32),
    files: [{ name: 'staff.cedar', text: 'permit (principal, action, resource);', own: false }],
  },
  ...alarmAnswers,
  ...recoveryAnswers,
  'GET /v1/notify/status': {
    mail: {
      configured: true,
      from: 'obhut@example.org',
      host: 'mail.example.org',
      lastSentAt: at(-7),
      waiting: 1,
      failing: 2,
    },
    webhooks: [
      { id: id(70), host: 'hooks.example.org', events: ['grant.requested', 'access.noticed'], createdAt: at(-99) },
    ],
  },
  'GET /v1/account/factors': ownFactors,
  'GET /v1/account/sessions': { sessions },
  'GET /v1/account/sign-ins': { signIns, next: null },
  'PUT /v1/account/language': null,
  'POST /v1/links/check': {
    kind: 'invitation',
    name: 'Sina',
    email: 'sina@example.org',
    roles: ['support'],
    customer: null,
    operator: 'Beispiel GmbH',
    expiresAt: at(999),
  },
  'POST /v1/links/totp': {
    secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
    uri: 'otpauth://totp/Obhut:sina?secret=JBSWY3DPEHPK3PXP&issuer=Obhut',
  },
  'GET /v1/password/rules': {
    source: 'BSI ORP.4',
    date: '2023-02-01',
    rules: [{ code: 'short', de: 'Zu kurz', en: 'Too short' }],
  },
  [`GET /v1/grants/${ids.grant}/people`]: { people: [{ person: ids.person }, { person: id(22) }], next: null },
  [`GET /v1/grants/${ids.grant}/people/${ids.person}/records/contacts`]: {
    records: [
      {
        record: ids.record,
        version: 1,
        fields: {
          iban: { class: 'sensitive', masked: '••••••••' },
          mail: { class: 'personal', masked: '••••@example.org' },
          name: { class: 'personal', masked: 'A••••' },
          plan: { class: 'plain', masked: null, value: 'basic' },
        },
      },
    ],
    next: null,
  },
  [`POST /v1/grants/${ids.grant}/people/${ids.person}/unmask`]: { value: 'Ada Lovelace' },
  [`POST /v1/grants/${ids.grant}/find`]: { found: [{ person: ids.person, record: ids.record }] },
};

/** @returns what is answered on a route (`GET /v1/overview`); nothing where there is nothing. */
export function answers(route: string): unknown {
  return grants.find((one) => route === `GET /v1/grants/${one.id}`) ?? plain[route];
}
