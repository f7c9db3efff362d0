/** What is written to people: short, in their language, without a personal value of anybody's data. */

export type Template =
  | 'invitation'
  | 'reset_link'
  | 'new_device'
  | 'factor_changed'
  | 'password_changed'
  | 'account_locked'
  | 'recovery_requested'
  | 'recovery_done'
  | 'role_expires'
  | 'grant_requested'
  | 'grant_waits_for_customer'
  | 'grant_started'
  | 'grant_emergency'
  | 'grant_ended'
  | 'access_notice'
  | 'review_due'
  | 'review_overdue'
  | 'notice_overdue'
  | 'claim_changed';

export type Refs = Readonly<Record<string, string | number>>;

export interface Letter {
  readonly subject: string;
  readonly text: string;
}

interface Phrase {
  readonly subject: string;
  /** Paragraphs. `{name}` stands for what the message refers to. */
  readonly body: readonly string[];
  /** Where to go; a path of the console, or `link` for the one-time link. */
  readonly goTo?: string;
}

type Phrases = Readonly<Record<Template, Phrase>>;

const de: Phrases = {
  invitation: {
    subject: 'Deine Einladung zu Obhut',
    body: [
      'Du bist eingeladen, bei {operator} mitzuarbeiten.',
      'Der Link gilt 24 Stunden und nur einmal. Dort richtest du zwei Faktoren ein.',
    ],
    goTo: 'link',
  },
  reset_link: {
    subject: 'Richte deine Anmeldung neu ein',
    body: [
      'Jemand aus dem Team hat deine Anmeldung zurückgesetzt. Alle Sitzungen sind beendet.',
      'Der Link gilt 24 Stunden und nur einmal.',
    ],
    goTo: 'link',
  },
  new_device: {
    subject: 'Anmeldung von einem neuen Gerät',
    body: [
      'Gerade hat sich jemand von einem neuen Gerät ({device}) mit deinem Konto angemeldet.',
      'Warst du das nicht, melde dich überall ab und sage es deinem Sicherheitsteam.',
    ],
    goTo: '/konsole/konto',
  },
  factor_changed: {
    subject: 'Deine Anmeldung wurde geändert',
    body: [
      'Ein Faktor deiner Anmeldung wurde geändert ({factor}).',
      'Warst du das nicht, sage es sofort deinem Sicherheitsteam.',
    ],
    goTo: '/konsole/konto',
  },
  password_changed: {
    subject: 'Dein Passwort wurde geändert',
    body: [
      'Passwort und Authenticator-App deines Kontos wurden neu gesetzt.',
      'Warst du das nicht, sage es sofort deinem Sicherheitsteam.',
    ],
    goTo: '/konsole/konto',
  },
  account_locked: {
    subject: 'Dein Konto ist gesperrt',
    body: [
      'Nach zehn Fehlversuchen ist dein Konto für eine Weile gesperrt. Jemand aus dem Team kann die Sperre aufheben.',
      'Warst du das nicht, sage es deinem Sicherheitsteam.',
    ],
  },
  recovery_requested: {
    subject: 'Jemand möchte den Zugang des Owners wiederherstellen',
    body: [
      'Auf dem Server wurde eine Wiederherstellung für den Owner verlangt. Frühestens am {at} wird ein Link ausgegeben.',
      'Ist das nicht gewollt, melde dich als Owner an: Das bricht sie ab.',
    ],
    goTo: '/konsole/team',
  },
  recovery_done: {
    subject: 'Der Zugang des Owners wurde wiederhergestellt',
    body: ['Für den Owner wurde ein Link zum Einrichten neuer Faktoren ausgegeben.'],
    goTo: '/konsole/team',
  },
  role_expires: {
    subject: 'Ein Recht läuft ab',
    body: ['Die Rolle {role} endet am {at}. Jemand anderes kann sie erneuern.'],
    goTo: '/konsole/team',
  },
  grant_requested: {
    subject: 'Eine Freigabe wartet auf dich',
    body: [
      'Jemand aus dem Team möchte Daten eines Kunden sehen (Zweck: {purpose}). Bitte sieh dir die Anfrage an.',
      'Ohne Antwort verfällt sie am {at}.',
    ],
    goTo: '/konsole/freigaben/{grant}',
  },
  grant_waits_for_customer: {
    subject: '{operator} bittet um Einsicht in eure Daten',
    body: [
      '{operator} möchte Daten eurer Organisation unverschlüsselt sehen (Zweck: {purpose}). Du entscheidest.',
      'Ohne Antwort verfällt die Anfrage am {at}.',
    ],
    goTo: '/portal/anfragen',
  },
  grant_started: {
    subject: '{operator} kann jetzt Daten eurer Organisation sehen',
    body: [
      'Eine Freigabe hat begonnen (Zweck: {purpose}) und endet spätestens am {at}. Du kannst sie jederzeit beenden.',
    ],
    goTo: '/portal/zugriffe',
  },
  grant_emergency: {
    subject: 'Notfall: {operator} sieht Daten ohne vorherige Zustimmung',
    body: [
      'Eine Notfallfreigabe hat begonnen (Zweck: {purpose}) und endet spätestens am {at}. Sie wird binnen 24 Stunden geprüft. Du kannst sie sofort beenden.',
    ],
    goTo: '/portal/zugriffe',
  },
  grant_ended: {
    subject: 'Eine Freigabe ist zu Ende',
    body: ['Die Freigabe ist zu Ende. Was gesehen wurde, steht mit Nachweis im Verlauf.'],
    goTo: '/portal/zugriffe',
  },
  access_notice: {
    subject: 'Zugriff auf Daten eurer Organisation',
    body: [
      'Wir teilen euch einen Zugriff auf unverschlüsselte Daten mit (BSI C5:2026, IAM-07).',
      'Anlass: {purpose}. Beginn: {from}. Dauer: bis spätestens {at}. Land: {country}. Art: {type}. Umfang: {scope}.',
      'Kopien: keine. Aufbewahrung des Protokolls: {retention}. Einzelheiten und Nachweise stehen im Portal.',
    ],
    goTo: '/portal/zugriffe',
  },
  review_due: {
    subject: 'Eine Notfallfreigabe ist zu prüfen',
    body: ['Eine Notfallfreigabe muss bis {at} von jemand anderem geprüft werden.'],
    goTo: '/konsole/freigaben/{grant}',
  },
  review_overdue: {
    subject: 'Alarm: Eine Notfallfreigabe ist nicht geprüft',
    body: [
      'Eine Notfallfreigabe hätte bis {at} geprüft werden müssen. Niemand hat es getan. Bitte hol das jetzt nach.',
    ],
    goTo: '/konsole/freigaben/{grant}',
  },
  notice_overdue: {
    subject: 'Eine Mitteilung an einen Kunden ist überfällig',
    body: [
      'Ein Kunde hätte bis {at} über einen Zugriff informiert werden müssen. Die Mitteilung ist nicht zugestellt.',
    ],
    goTo: '/konsole/freigaben/{grant}',
  },
  claim_changed: {
    subject: 'Sicherheitsseite: {claim} ist jetzt „{to}“',
    body: [
      'Auf eurer Sicherheitsseite hat sich ein Nachweis geändert: {claim} war „{from}“ und ist jetzt „{to}“.',
      'Warum, und was zu tun ist, steht bei den Nachweisen.',
    ],
    goTo: '/konsole/nachweise',
  },
};

const en: Phrases = {
  invitation: {
    subject: 'Your invitation to Obhut',
    body: [
      'You are invited to work with {operator}.',
      'The link is valid for 24 hours and works once. There you set up two factors.',
    ],
    goTo: 'link',
  },
  reset_link: {
    subject: 'Set up your sign-in again',
    body: [
      'A colleague has reset your sign-in. All sessions have ended.',
      'The link is valid for 24 hours and works once.',
    ],
    goTo: 'link',
  },
  new_device: {
    subject: 'Sign-in from a new device',
    body: [
      'Somebody just signed in to your account from a new device ({device}).',
      'If that was not you, sign out everywhere and tell your security team.',
    ],
    goTo: '/konsole/konto',
  },
  factor_changed: {
    subject: 'Your sign-in was changed',
    body: ['A factor of your sign-in was changed ({factor}).', 'If that was not you, tell your security team at once.'],
    goTo: '/konsole/konto',
  },
  password_changed: {
    subject: 'Your password was changed',
    body: [
      'Password and authenticator app of your account were set anew.',
      'If that was not you, tell your security team at once.',
    ],
    goTo: '/konsole/konto',
  },
  account_locked: {
    subject: 'Your account is locked',
    body: [
      'After ten failed attempts your account is locked for a while. A colleague can lift the lock.',
      'If that was not you, tell your security team.',
    ],
  },
  recovery_requested: {
    subject: "Somebody wants to recover the owner's access",
    body: [
      'A recovery for the owner was asked for on the server. A link is given out on {at} at the earliest.',
      'If this is not wanted, sign in as owner: that stops it.',
    ],
    goTo: '/konsole/team',
  },
  recovery_done: {
    subject: "The owner's access was recovered",
    body: ['A link to set up new factors was given out for the owner.'],
    goTo: '/konsole/team',
  },
  role_expires: {
    subject: 'A right is about to end',
    body: ['The role {role} ends on {at}. Somebody else can renew it.'],
    goTo: '/konsole/team',
  },
  grant_requested: {
    subject: 'A grant waits for you',
    body: [
      "A colleague wants to see a customer's data (purpose: {purpose}). Please look at the request.",
      'Without an answer it dies on {at}.',
    ],
    goTo: '/konsole/freigaben/{grant}',
  },
  grant_waits_for_customer: {
    subject: '{operator} asks to see data of yours',
    body: [
      '{operator} wants to see data of your organisation unencrypted (purpose: {purpose}). You decide.',
      'Without an answer the request dies on {at}.',
    ],
    goTo: '/portal/anfragen',
  },
  grant_started: {
    subject: '{operator} can now see data of your organisation',
    body: ['A grant has begun (purpose: {purpose}) and ends on {at} at the latest. You can end it at any time.'],
    goTo: '/portal/zugriffe',
  },
  grant_emergency: {
    subject: 'Emergency: {operator} sees data without prior consent',
    body: [
      'An emergency grant has begun (purpose: {purpose}) and ends on {at} at the latest. It is reviewed within 24 hours. You can end it at once.',
    ],
    goTo: '/portal/zugriffe',
  },
  grant_ended: {
    subject: 'A grant has ended',
    body: ['The grant has ended. What was seen stands in the history, with its proof.'],
    goTo: '/portal/zugriffe',
  },
  access_notice: {
    subject: 'Access to data of your organisation',
    body: [
      'We inform you of an access to unencrypted data (BSI C5:2026, IAM-07).',
      'Cause: {purpose}. Start: {from}. Duration: until {at} at the latest. Country: {country}. Type: {type}. Scope: {scope}.',
      'Copies: none. Retention of the log: {retention}. Details and proofs are in the portal.',
    ],
    goTo: '/portal/zugriffe',
  },
  review_due: {
    subject: 'An emergency grant is to be reviewed',
    body: ['An emergency grant must be reviewed by somebody else by {at}.'],
    goTo: '/konsole/freigaben/{grant}',
  },
  review_overdue: {
    subject: 'Alarm: an emergency grant has not been reviewed',
    body: ['An emergency grant should have been reviewed by {at}. Nobody has. Please do it now.'],
    goTo: '/konsole/freigaben/{grant}',
  },
  notice_overdue: {
    subject: 'A notice to a customer is overdue',
    body: ['A customer should have been told of an access by {at}. The notice has not been delivered.'],
    goTo: '/konsole/freigaben/{grant}',
  },
  claim_changed: {
    subject: 'Security page: {claim} is now "{to}"',
    body: [
      'A claim of your security page has changed: {claim} was "{from}" and is now "{to}".',
      'Why, and what to do, stands with the claims.',
    ],
    goTo: '/konsole/nachweise',
  },
};

const phrases = { de, en };
export const templates = Object.keys(de) as readonly Template[];

const isTime = /^\d{4}-\d\d-\d\dT/;

/** Codes that a person would not say so. */
const spoken: Readonly<Record<'de' | 'en', Readonly<Record<string, string>>>> = {
  de: { holds: 'gilt', fails: 'gilt nicht', unknown: 'unbekannt' },
  en: { holds: 'holds', fails: 'does not hold', unknown: 'unknown' },
};

function shown(value: string | number, language: 'de' | 'en'): string {
  if (typeof value !== 'string') return String(value);
  if (!isTime.test(value)) return spoken[language][value] ?? value;
  const time = new Date(value).toLocaleString(language === 'de' ? 'de-DE' : 'en-GB', {
    timeZone: 'Europe/Berlin',
    dateStyle: 'medium',
    timeStyle: 'short',
  });
  return `${time} (Europe/Berlin)`;
}

export interface LetterContext {
  readonly language: 'de' | 'en';
  readonly operator: string;
  /** Our own address, without a slash at the end. */
  readonly url: string;
  /** The one-time link, where the message has one. */
  readonly link: string | undefined;
}

/** The letter for a message. What it refers to must be there: a gap is a defect, not a letter with a hole. */
export function letterOf(template: Template, refs: Refs, { language, operator, url, link }: LetterContext): Letter {
  const { subject, body, goTo } = phrases[language][template];
  const filled = (text: string) =>
    text.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = name === 'operator' ? operator : refs[name];
      if (value === undefined) throw new Error(`the message ${template} has no ${name}`);
      return shown(value, language);
    });
  const target = goTo === undefined ? undefined : goTo === 'link' ? link : `${url}${filled(goTo)}`;
  return {
    subject: filled(subject),
    text: `${[...body.map(filled), ...(target === undefined ? [] : [target]), `-- \n${operator}, Obhut`].join('\n\n')}\n`,
  };
}
