/**
 * The one error path of HTTP: RFC 9457 problem details with a stable code, a sentence for a person in German or
 * English, and never a stack, an SQL text or personal data.
 */

interface Phrase {
  readonly status: number;
  readonly de: string;
  readonly en: string;
}

/** Every code that a caller can meet. The code is also the key of the phrase. */
export const problems = {
  unauthorized: {
    status: 401,
    de: 'Das Token fehlt oder gilt nicht.',
    en: 'The token is missing or not valid.',
  },
  forbidden: {
    status: 403,
    de: 'Dieses Token darf das nicht.',
    en: 'This token may not do that.',
  },
  sign_in_failed: {
    status: 401,
    de: 'Adresse, Passwort oder Code haben nicht gestimmt. Nach zehn Fehlern ist ein Konto gesperrt.',
    en: 'That was not right. Check address, password and code. After ten failures an account is locked.',
  },
  fresh_factor_required: {
    status: 403,
    de: 'Dafür muss ein starker Faktor frisch bestätigt sein.',
    en: 'For this you must have confirmed that it is you just now.',
  },
  cross_site: {
    status: 403,
    de: 'Diese Anfrage kommt nicht von den eigenen Seiten.',
    en: 'This request does not come from our own pages.',
  },
  link_invalid: {
    status: 404,
    de: 'Dieser Link gilt nicht mehr. Ein neuer hilft.',
    en: 'This link is no longer valid. Ask for a new one.',
  },
  last_factor: {
    status: 409,
    de: 'Das ist die letzte Art, sich anzumelden. Zuerst muss eine andere eingerichtet sein; ganz zurücksetzen kann nur jemand anderes.',
    en: 'This is your last way to sign in. Set up another one first; only a colleague can reset them all.',
  },
  self_forbidden: {
    status: 403,
    de: 'Das kann nur jemand anderes tun.',
    en: 'Only somebody else can do that for you.',
  },
  admins_decide: {
    status: 409,
    de: 'Dieser Kunde hat eigene Admins. Sie laden einander ein, setzen einander zurück und verabschieden einander.',
    en: 'This customer has admins of its own. They invite, reset and dismiss each other.',
  },
  password_weak: {
    status: 422,
    de: 'Dieses Passwort genügt den Regeln nicht.',
    en: 'This password does not meet the rules.',
  },
  password_leaked: {
    status: 403,
    de: 'Dein Passwort steht in einem bekannten Datenleck. Ändere es, dann geht es weiter.',
    en: 'Your password is in a known leak. Change it, then you can go on.',
  },
  leaks_unanswered: {
    status: 503,
    de: 'Ob dieses Passwort in einem Datenleck steht, lässt sich gerade nicht prüfen. Nimm einen Passkey, oder versuche es später.',
    en: 'Whether this password is in a leak cannot be checked now. Use a passkey, or try again later.',
  },
  factor_invalid: {
    status: 422,
    de: 'Das konnte nicht geprüft werden. Versuche es noch einmal.',
    en: 'This could not be verified. Try again.',
  },
  held: {
    status: 409,
    de: 'Eine Löschsperre gilt dafür. Bis sie endet, lässt es sich nicht einzeln löschen.',
    en: 'A legal hold covers this. Until it ends it cannot be deleted by itself.',
  },
  second_admin_needed: {
    status: 409,
    de: 'Den ganzen Kunden löschen zwei Admins: Einer schlägt es vor, ein anderer bestätigt.',
    en: 'A whole customer is erased by two admins: one proposes it, another confirms.',
  },
  proposal_open: {
    status: 409,
    de: 'Ein solcher Vorschlag ist schon offen.',
    en: 'Such a proposal is open already.',
  },
  request_closed: {
    status: 409,
    de: 'Das lässt diese Anfrage nicht (mehr) zu.',
    en: 'This request does not allow that (any more).',
  },
  order_closed: {
    status: 409,
    de: 'Dieser Löschauftrag lässt sich nicht mehr zurücknehmen.',
    en: 'This order of erasure can no longer be taken back.',
  },
  grant_closed: {
    status: 409,
    de: 'Diese Freigabe lässt das nicht (mehr) zu.',
    en: 'This grant does not allow that (any more).',
  },
  grant_required: {
    status: 403,
    de: 'Dafür braucht es eine Freigabe, die läuft und das umfasst.',
    en: 'This takes a grant that is active and covers it.',
  },
  passkey_required: {
    status: 409,
    de: 'Zustimmen geht nur mit einem Passkey: Er unterschreibt die Anfrage.',
    en: 'You can only approve with a passkey: it signs the request. Set one up.',
  },
  address_taken: {
    status: 409,
    de: 'Für diese Adresse gibt es schon ein Konto.',
    en: 'There is an account for this address already.',
  },
  not_found: {
    status: 404,
    de: 'Das gibt es nicht, oder nicht für dieses Token.',
    en: 'There is no such thing, or not for this token.',
  },
  input_invalid: {
    status: 400,
    de: 'Die Anfrage ist nicht gültig.',
    en: 'The request is not valid.',
  },
  data_invalid: {
    status: 422,
    de: 'Die Daten passen nicht zum Schema der Sammlung.',
    en: 'The data does not fit the schema of the collection.',
  },
  schema_invalid: {
    status: 422,
    de: 'Das Schema der Sammlung ist nicht gültig.',
    en: 'The schema of the collection is not valid.',
  },
  collection_change_refused: {
    status: 409,
    de: 'So kann die Sammlung nicht geändert werden, solange Daten darin sind.',
    en: 'The collection cannot be changed like this while it holds data.',
  },
  purpose_required: {
    status: 428,
    de: 'Ohne Zweck wird nichts herausgegeben. Nenne einen in Obhut-Purpose.',
    en: 'Nothing is released without a purpose. Name one in Obhut-Purpose.',
  },
  purpose_unknown: {
    status: 428,
    de: 'Diesen Zweck gibt es nicht.',
    en: 'There is no such purpose.',
  },
  version_mismatch: {
    status: 412,
    de: 'Der Datensatz hat inzwischen eine andere Fassung.',
    en: 'The record has another version by now.',
  },
  ordered_away: {
    status: 410,
    de: 'Das wurde nach diesem Export gelöscht und kommt nicht wieder.',
    en: 'This was erased after that export and does not come back.',
  },
  write_conflict: {
    status: 409,
    de: 'Jemand anderes hat gleichzeitig geschrieben. Versuche es noch einmal.',
    en: 'Somebody else wrote at the same time. Try again.',
  },
  idempotency_mismatch: {
    status: 409,
    de: 'Dieser Idempotency-Key gehört zu einer anderen Anfrage.',
    en: 'This Idempotency-Key belongs to another request.',
  },
  label_taken: {
    status: 409,
    de: 'Diese Kurzbezeichnung ist schon vergeben.',
    en: 'This label is taken.',
  },
  not_identifying: {
    status: 422,
    de: 'Dieser Wert kommt zu oft vor, um jemanden zu finden.',
    en: 'This value occurs too often to find anybody.',
  },
  item_refused: {
    status: 422,
    de: 'Die Datenbank nimmt diesen Inhalt nicht an.',
    en: 'The database refuses this content.',
  },
  range_invalid: {
    status: 416,
    de: 'Dieser Bereich liegt nicht in der Datei.',
    en: 'This range is not within the file.',
  },
  too_large: {
    status: 413,
    de: 'Das ist größer, als erlaubt ist.',
    en: 'This is larger than allowed.',
  },
  media_type: {
    status: 415,
    de: 'Dieser Inhaltstyp wird hier nicht verstanden.',
    en: 'This content type is not understood here.',
  },
  rate_limited: {
    status: 429,
    de: 'Zu viele Anfragen mit diesem Token. Warte kurz.',
    en: 'Too many requests with this token. Wait a moment.',
  },
  not_yet: {
    status: 409,
    de: 'Dieser Eintrag steht noch unter keinem Prüfpunkt. In einer Sekunde wird er es.',
    en: 'This entry is not under a checkpoint yet. In a second it will be.',
  },
  damaged: {
    status: 500,
    de: 'Diese Daten wurden verändert und werden deshalb nicht herausgegeben.',
    en: 'This data was changed and is therefore not released.',
  },
  journal_unavailable: {
    status: 503,
    de: 'Das Protokoll nimmt gerade nichts an, also wird nichts herausgegeben.',
    en: 'The journal takes no entries now, so nothing is released.',
  },
  outcome_unknown: {
    status: 503,
    de: 'Es ist nicht bekannt, ob es geklappt hat. Wiederhole es mit demselben Idempotency-Key.',
    en: 'It is not known whether it worked. Repeat it with the same Idempotency-Key.',
  },
  storage_unavailable: {
    status: 503,
    de: 'Ein Standort nimmt gerade nichts an. Nichts wurde geändert.',
    en: 'A site takes nothing now. Nothing was changed.',
  },
  unavailable: {
    status: 503,
    de: 'Obhut ist gerade nicht bereit.',
    en: 'Obhut is not ready now.',
  },
  internal: {
    status: 500,
    de: 'Das ist ein Fehler von uns. Nichts wurde herausgegeben.',
    en: 'This is our mistake. Nothing was released.',
  },
} as const satisfies Readonly<Record<string, Phrase>>;

export type ProblemCode = keyof typeof problems;

export interface ProblemDetail {
  /** JSON pointer or name of the field that is wrong. */
  readonly field?: string;
  /** What is wrong with it, without its value. */
  readonly reason?: string;
  /** Further members of the answer (a list of purposes, a current version). */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds?: number;
}

/** Something to tell the caller. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly detail: ProblemDetail;
  constructor(code: ProblemCode, detail: ProblemDetail = {}) {
    super(code);
    this.code = code;
    this.detail = detail;
  }
  get status(): number {
    return problems[this.code].status;
  }
}

/** The body of a problem (RFC 9457), in the language the caller reads. */
export function problemBody(problem: Problem, language: 'de' | 'en'): Record<string, unknown> {
  const { field, reason, members } = problem.detail;
  const phrase = problems[problem.code];
  return {
    type: `urn:obhut:problem:${problem.code}`,
    status: phrase.status,
    code: problem.code,
    title: phrase[language],
    ...(field !== undefined && { field }),
    ...(reason !== undefined && { reason }),
    ...members,
  };
}

/** German when the caller prefers it to English, else English. */
export function languageOf(acceptLanguage: string | undefined): 'de' | 'en' {
  const de = acceptLanguage?.search(/\bde\b/i) ?? -1;
  const en = acceptLanguage?.search(/\ben\b/i) ?? -1;
  return de >= 0 && (en < 0 || de < en) ? 'de' : 'en';
}
