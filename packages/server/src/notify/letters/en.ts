import type { Phrases } from './phrase.ts';

/** English. */
export const en: Phrases = {
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
  password_leaked: {
    subject: 'Your password is in a leak',
    body: [
      'Your sign-in has shown that your password is in a known leak. You must change it before you go on.',
      'If that was not you, tell your security team at once.',
    ],
    goTo: '/konsole/konto',
  },
  leaks_silent: {
    subject: 'Passwords are not checked against leaks at present',
    body: [
      'The source of known leaks does not answer. Signing in goes on, new passwords are not taken.',
      'Look after the file or mirror that is set as passwordLeaks.',
    ],
    goTo: '/konsole',
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
  admin_reset_asked: {
    subject: '{operator} was asked to set up your sign-in anew',
    body: [
      'Somebody at {operator} wants to remove your factors and give out a link for new ones, on {at} at the earliest.',
      'If you did not ask for this, sign in once: that stops it.',
    ],
    goTo: '/portal',
  },
  admins_changed: {
    subject: 'The admins of your organisation have changed',
    body: [
      'An admin was invited, or the sign-in of one was set up anew.',
      'If you do not know of it, look at the list.',
    ],
    goTo: '/portal/admins',
  },
  token_made: {
    subject: 'A service can read personal data from now on',
    body: [
      'A token was made whose holder can read or export personal data ({what}), until {at}.',
      'If you do not know what for, ask: your security team can revoke it at once.',
    ],
    goTo: '/konsole/dienste',
  },
  token_waits: {
    subject: 'A token for reading waits for you',
    body: [
      'A colleague made a token whose holder could read or export personal data ({what}), until {at}.',
      'It is dead until you or somebody else confirms it. If you do not know what it is for, ask, or revoke it.',
    ],
    goTo: '/konsole/dienste',
  },
  role_expires: {
    subject: 'Your role ends soon',
    body: ['Your role {role} ends on {at}. Somebody else can renew it: ask an owner.'],
    goTo: '/konsole/konto',
  },
  colleague_role_expires: {
    subject: 'A role in the team ends soon',
    body: ['A role {role} ends on {at}. If it is still needed, renew it. The team page says who has it.'],
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
  erasure_unconfirmed: {
    subject: 'An erasure is not confirmed',
    body: [
      'An erasure was carried out {hours} hours ago, and the product has not confirmed that it followed: {order}.',
      'Whoever handed data on tells the recipients that it is erased (Article 19 GDPR).',
    ],
    goTo: '/konsole/loeschungen?kunde={customer}',
  },
  'person.erased': {
    subject: 'Data was erased',
    body: ['An order of erasure was carried out: {order}. What the product still has of it is to be deleted.'],
  },
  request_due: {
    subject: 'A request for erasure becomes due',
    body: ['A person has asked to be erased and has no answer yet. It is due by {at} (Article 12(3) GDPR).'],
    goTo: '/portal/loeschungen',
  },
  erasure_proposed: {
    subject: 'An admin wants to erase all data of your organisation',
    body: [
      'An admin of your organisation has proposed to erase everything. It happens only when another admin confirms it.',
      'If it is not wanted, end the proposal. Without a confirmation it is void on {at}.',
    ],
    goTo: '/portal/loeschungen',
  },
  alarm_open: {
    subject: 'Alarm: {title}',
    body: ['{text}', 'The alarm comes again until somebody acknowledges it in the console, or its cause is gone.'],
    goTo: '/konsole/alarme',
  },
  alarm_resolved: {
    subject: 'Resolved: {title}',
    body: ['The alarm is over: its check is well again.'],
    goTo: '/konsole/alarme',
  },
};
