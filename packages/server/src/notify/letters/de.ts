import type { Phrases } from './phrase.ts';

/** Deutsch, du. */
export const de: Phrases = {
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
  password_leaked: {
    subject: 'Dein Passwort steht in einem Datenleck',
    body: [
      'Bei deiner Anmeldung hat sich gezeigt: Dein Passwort steht in einem bekannten Datenleck. Bevor es weitergeht, musst du es ändern.',
      'Warst du das nicht, sage es sofort deinem Sicherheitsteam.',
    ],
    goTo: '/konsole/konto',
  },
  leaks_silent: {
    subject: 'Passwörter werden gerade nicht auf Datenlecks geprüft',
    body: [
      'Die Quelle für bekannte Datenlecks antwortet nicht. Anmelden geht weiter, neue Passwörter werden nicht angenommen.',
      'Sieh nach der Datei oder dem Spiegel, der unter passwordLeaks eingestellt ist.',
    ],
    goTo: '/konsole',
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
  admin_reset_asked: {
    subject: '{operator} soll deine Anmeldung neu einrichten',
    body: [
      'Jemand bei {operator} möchte deine Faktoren entfernen und einen Link für neue ausgeben, frühestens am {at}.',
      'Hast du nicht darum gebeten, melde dich einmal an: Das bricht es ab.',
    ],
    goTo: '/portal',
  },
  admins_changed: {
    subject: 'Die Admins eurer Organisation haben sich geändert',
    body: [
      'Ein Admin wurde eingeladen, oder die Anmeldung eines Admins wurde neu eingerichtet.',
      'Weißt du nichts davon, sieh in der Liste nach.',
    ],
    goTo: '/portal/admins',
  },
  token_made: {
    subject: 'Ein Dienst kann von nun an personenbezogene Daten lesen',
    body: [
      'Ein Token wurde erstellt, dessen Inhaber personenbezogene Daten lesen oder exportieren kann ({what}), bis {at}.',
      'Weißt du nicht, wofür, frag nach: Das Sicherheitsteam kann es sofort widerrufen.',
    ],
    goTo: '/konsole/dienste',
  },
  token_waits: {
    subject: 'Ein Token zum Lesen wartet auf dich',
    body: [
      'Jemand aus dem Team hat ein Token erstellt, dessen Inhaber personenbezogene Daten lesen oder exportieren könnte ({what}), bis {at}.',
      'Es gilt erst, wenn du oder jemand anderes es bestätigt. Weißt du nicht, wofür es ist, frag nach oder widerrufe es.',
    ],
    goTo: '/konsole/dienste',
  },
  role_expires: {
    subject: 'Deine Rolle endet bald',
    body: ['Deine Rolle {role} endet am {at}. Jemand anderes kann sie erneuern, bitte einen Owner darum.'],
    goTo: '/konsole/konto',
  },
  colleague_role_expires: {
    subject: 'Eine Rolle im Team endet bald',
    body: ['Eine Rolle {role} endet am {at}. Wird sie noch gebraucht, erneuere sie. Im Team steht, wer sie hat.'],
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
  erasure_unconfirmed: {
    subject: 'Eine Löschung ist nicht bestätigt',
    body: [
      'Seit {hours} Stunden ist eine Löschung ausgeführt, und das Produkt hat nicht bestätigt, dass es nachgezogen hat: {order}.',
      'Wer Daten weitergegeben hat, sagt den Empfängern, dass sie gelöscht sind (Art. 19 DSGVO).',
    ],
    goTo: '/konsole/loeschungen?kunde={customer}',
  },
  'person.erased': {
    subject: 'Daten wurden gelöscht',
    body: ['Ein Löschauftrag wurde ausgeführt: {order}. Was das Produkt davon noch hat, ist zu löschen.'],
  },
  request_due: {
    subject: 'Eine Anfrage auf Löschung wird fällig',
    body: [
      'Eine Person hat verlangt, gelöscht zu werden, und hat noch keine Antwort. Sie ist fällig bis {at} (Art. 12 Abs. 3 DSGVO).',
    ],
    goTo: '/portal/loeschungen',
  },
  erasure_proposed: {
    subject: 'Ein Admin möchte alle Daten eurer Organisation löschen',
    body: [
      'Ein Admin eurer Organisation hat vorgeschlagen, alles zu löschen. Es geschieht erst, wenn ein anderer Admin bestätigt.',
      'Ist es nicht gewollt, beende den Vorschlag. Ohne Bestätigung verfällt er am {at}.',
    ],
    goTo: '/portal/loeschungen',
  },
  alarm_open: {
    subject: 'Alarm: {title}',
    body: ['{text}', 'Der Alarm kommt wieder, bis ihn jemand in der Konsole bestätigt oder der Grund fort ist.'],
    goTo: '/konsole/alarme',
  },
  alarm_resolved: {
    subject: 'Behoben: {title}',
    body: ['Der Alarm ist vorbei: Die Prüfung ist wieder gut.'],
    goTo: '/konsole/alarme',
  },
};
