import type { Phrase, Template } from './phrase.ts';

/** What is said otherwise with the Sie; every other letter addresses nobody. */
export const sie: Readonly<Partial<Record<Template, Pick<Phrase, 'subject' | 'body'>>>> = {
  invitation: {
    subject: 'Ihre Einladung zu Obhut',
    body: [
      'Sie sind eingeladen, bei {operator} mitzuarbeiten.',
      'Der Link gilt 24 Stunden und nur einmal. Dort richten Sie zwei Faktoren ein.',
    ],
  },
  reset_link: {
    subject: 'Richten Sie Ihre Anmeldung neu ein',
    body: [
      'Jemand aus dem Team hat Ihre Anmeldung zurückgesetzt. Alle Sitzungen sind beendet.',
      'Der Link gilt 24 Stunden und nur einmal.',
    ],
  },
  new_device: {
    subject: 'Anmeldung von einem neuen Gerät',
    body: [
      'Gerade hat sich jemand von einem neuen Gerät ({device}) mit Ihrem Konto angemeldet.',
      'Waren Sie das nicht, melden Sie sich überall ab und sagen Sie es Ihrem Sicherheitsteam.',
    ],
  },
  factor_changed: {
    subject: 'Ihre Anmeldung wurde geändert',
    body: [
      'Ein Faktor Ihrer Anmeldung wurde geändert ({factor}).',
      'Waren Sie das nicht, sagen Sie es sofort Ihrem Sicherheitsteam.',
    ],
  },
  password_changed: {
    subject: 'Ihr Passwort wurde geändert',
    body: [
      'Passwort und Authenticator-App Ihres Kontos wurden neu gesetzt.',
      'Waren Sie das nicht, sagen Sie es sofort Ihrem Sicherheitsteam.',
    ],
  },
  password_leaked: {
    subject: 'Ihr Passwort steht in einem Datenleck',
    body: [
      'Bei Ihrer Anmeldung hat sich gezeigt: Ihr Passwort steht in einem bekannten Datenleck. Bevor es weitergeht, müssen Sie es ändern.',
      'Waren Sie das nicht, sagen Sie es sofort Ihrem Sicherheitsteam.',
    ],
  },
  leaks_silent: {
    subject: 'Passwörter werden gerade nicht auf Datenlecks geprüft',
    body: [
      'Die Quelle für bekannte Datenlecks antwortet nicht. Anmelden geht weiter, neue Passwörter werden nicht angenommen.',
      'Sehen Sie nach der Datei oder dem Spiegel, der unter passwordLeaks eingestellt ist.',
    ],
  },
  account_locked: {
    subject: 'Ihr Konto ist gesperrt',
    body: [
      'Nach zehn Fehlversuchen ist Ihr Konto für eine Weile gesperrt. Jemand aus dem Team kann die Sperre aufheben.',
      'Waren Sie das nicht, sagen Sie es Ihrem Sicherheitsteam.',
    ],
  },
  recovery_requested: {
    subject: 'Jemand möchte den Zugang des Owners wiederherstellen',
    body: [
      'Auf dem Server wurde eine Wiederherstellung für den Owner verlangt. Frühestens am {at} wird ein Link ausgegeben.',
      'Ist das nicht gewollt, melden Sie sich als Owner an: Das bricht sie ab.',
    ],
  },
  admin_reset_asked: {
    subject: '{operator} soll Ihre Anmeldung neu einrichten',
    body: [
      'Jemand bei {operator} möchte Ihre Faktoren entfernen und einen Link für neue ausgeben, frühestens am {at}.',
      'Haben Sie nicht darum gebeten, melden Sie sich einmal an: Das bricht es ab.',
    ],
  },
  admins_changed: {
    subject: 'Die Admins Ihrer Organisation haben sich geändert',
    body: [
      'Ein Admin wurde eingeladen, oder die Anmeldung eines Admins wurde neu eingerichtet.',
      'Wissen Sie nichts davon, sehen Sie in der Liste nach.',
    ],
  },
  token_made: {
    subject: 'Ein Dienst kann von nun an personenbezogene Daten lesen',
    body: [
      'Ein Token wurde erstellt, dessen Inhaber personenbezogene Daten lesen oder exportieren kann ({what}), bis {at}.',
      'Wissen Sie nicht, wofür, fragen Sie nach: Das Sicherheitsteam kann es sofort widerrufen.',
    ],
  },
  token_waits: {
    subject: 'Ein Token zum Lesen wartet auf Sie',
    body: [
      'Jemand aus dem Team hat ein Token erstellt, dessen Inhaber personenbezogene Daten lesen oder exportieren könnte ({what}), bis {at}.',
      'Es gilt erst, wenn Sie oder jemand anderes es bestätigt. Wissen Sie nicht, wofür es ist, fragen Sie nach oder widerrufen Sie es.',
    ],
  },
  role_expires: {
    subject: 'Ihre Rolle endet bald',
    body: ['Ihre Rolle {role} endet am {at}. Jemand anderes kann sie erneuern, bitten Sie einen Owner darum.'],
  },
  colleague_role_expires: {
    subject: 'Eine Rolle im Team endet bald',
    body: ['Eine Rolle {role} endet am {at}. Wird sie noch gebraucht, erneuern Sie sie. Im Team steht, wer sie hat.'],
  },
  grant_requested: {
    subject: 'Eine Freigabe wartet auf Sie',
    body: [
      'Jemand aus dem Team möchte Daten eines Kunden sehen (Zweck: {purpose}). Bitte sehen Sie sich die Anfrage an.',
      'Ohne Antwort verfällt sie am {at}.',
    ],
  },
  grant_waits_for_customer: {
    subject: '{operator} bittet um Einsicht in Ihre Daten',
    body: [
      '{operator} möchte Daten Ihrer Organisation unverschlüsselt sehen (Zweck: {purpose}). Sie entscheiden.',
      'Ohne Antwort verfällt die Anfrage am {at}.',
    ],
  },
  grant_started: {
    subject: '{operator} kann jetzt Daten Ihrer Organisation sehen',
    body: [
      'Eine Freigabe hat begonnen (Zweck: {purpose}) und endet spätestens am {at}. Sie können sie jederzeit beenden.',
    ],
  },
  grant_emergency: {
    subject: 'Notfall: {operator} sieht Daten ohne vorherige Zustimmung',
    body: [
      'Eine Notfallfreigabe hat begonnen (Zweck: {purpose}) und endet spätestens am {at}. Sie wird binnen 24 Stunden geprüft und kann sofort von Ihnen beendet werden.',
    ],
  },
  access_notice: {
    subject: 'Zugriff auf Daten Ihrer Organisation',
    body: [
      'Wir teilen Ihnen einen Zugriff auf unverschlüsselte Daten mit (BSI C5:2026, IAM-07).',
      'Anlass: {purpose}. Beginn: {from}. Dauer: bis spätestens {at}. Land: {country}. Art: {type}. Umfang: {scope}.',
      'Kopien: keine. Aufbewahrung des Protokolls: {retention}. Einzelheiten und Nachweise stehen im Portal.',
    ],
  },
  review_overdue: {
    subject: 'Alarm: Eine Notfallfreigabe ist nicht geprüft',
    body: [
      'Eine Notfallfreigabe hätte bis {at} geprüft werden müssen. Niemand hat es getan. Bitte holen Sie das jetzt nach.',
    ],
  },
  claim_changed: {
    subject: 'Sicherheitsseite: {claim} ist jetzt „{to}“',
    body: [
      'Auf Ihrer Sicherheitsseite hat sich ein Nachweis geändert: {claim} war „{from}“ und ist jetzt „{to}“.',
      'Warum, und was zu tun ist, steht bei den Nachweisen.',
    ],
  },
  erasure_proposed: {
    subject: 'Ein Admin möchte alle Daten Ihrer Organisation löschen',
    body: [
      'Ein Admin Ihrer Organisation hat vorgeschlagen, alles zu löschen. Es geschieht erst, wenn ein anderer Admin bestätigt.',
      'Ist es nicht gewollt, beenden Sie den Vorschlag. Ohne Bestätigung verfällt er am {at}.',
    ],
  },
};
