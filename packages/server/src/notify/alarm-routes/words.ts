/** What each alarm says to people: what is, and what to do. `{name}` stands for what the alarm refers to; never an id. */

interface Words {
  readonly title: string;
  readonly text: string;
}

/** No form of address in the German: it is the same where the operator says Sie. */
const words = {
  database_unreachable: {
    de: {
      title: 'Die Datenbank antwortet nicht',
      text: 'Obhut erreicht seine Datenbank nicht. Nichts wird angenommen oder herausgegeben, bis sie wieder da ist. Läuft PostgreSQL, ist sein Datenträger da?',
    },
    en: {
      title: 'The database does not answer',
      text: 'Obhut cannot reach its database. Nothing is taken or released until it is back. Is PostgreSQL running, is its disk there?',
    },
  },
  not_serving: {
    de: {
      title: 'Obhut ist nicht bereit',
      text: 'Personenbezogene Daten werden gerade weder angenommen noch herausgegeben. Der Grund, wie ihn /readyz nennt: „{reason}“. Was dann hilft, steht in docs/operating.md.',
    },
    en: {
      title: 'Obhut is not ready',
      text: 'Personal data is neither taken nor released at the moment. The reason, as /readyz names it: "{reason}". What helps then stands in docs/operating.md.',
    },
  },
  disk_filling: {
    de: {
      title: 'Der Datenträger füllt sich',
      text: 'Der vollste Datenträger ist zu {percent} % belegt. Ab 97 % nimmt Obhut nichts mehr an. Es braucht Platz oder einen größeren Datenträger.',
    },
    en: {
      title: 'The disk is filling up',
      text: 'The fullest disk is {percent} % full. From 97 % on Obhut takes nothing any more. It needs room, or a larger disk.',
    },
  },
  journal_behind: {
    de: {
      title: 'Das Protokoll kommt nicht nach',
      text: '{waiting} Einträge warten darauf, dauerhaft zu werden. Meist ist der Datenträger der Datenbank zu langsam.',
    },
    en: {
      title: 'The journal falls behind',
      text: '{waiting} entries wait to become durable. Usually the disk of the database is too slow.',
    },
  },
  job_late: {
    de: {
      title: 'Eine regelmäßige Arbeit läuft nicht',
      text: 'Die Arbeit „{subject}“ ist seit {minutes} Minuten nicht gelungen. Das Protokoll des Servers sagt, warum.',
    },
    en: {
      title: 'Regular work does not run',
      text: 'The work "{subject}" has not succeeded for {minutes} minutes. The log of the server says why.',
    },
  },
  site_unreachable: {
    de: {
      title: 'Standort {subject} ist nicht zu erreichen',
      text: 'Obhut kann am Standort {subject} nicht lesen. Ist der Datenträger eingehängt, stimmen die Rechte, geht das Netz?',
    },
    en: {
      title: 'Site {subject} cannot be reached',
      text: 'Obhut cannot read at the site {subject}. Is the volume mounted, are the rights right, does the network work?',
    },
  },
  site_differs: {
    de: {
      title: 'Standort {subject} hat nicht alles',
      text: 'Am Standort {subject} fehlten {missing} Objekte. Von anderen Standorten geholt: {healed}; noch offen: {waiting}; an keinem Standort richtig: {lost}.',
    },
    en: {
      title: 'Site {subject} does not have everything',
      text: 'At the site {subject} {missing} objects were missing. Brought from other sites: {healed}; still open: {waiting}; right at no site: {lost}.',
    },
  },
  site_lying: {
    de: {
      title: 'Standort {subject} hat andere Bytes',
      text: 'Der Standort {subject} hat {different} Objekte mit anderen Bytes als geschrieben wurden, oder nennt nicht alle, die er hat. Was ein anderer Standort richtig hat, wird von dort ersetzt. Der Datenträger ist beschädigt oder wurde verändert: prüfe ihn.',
    },
    en: {
      title: 'Site {subject} has other bytes',
      text: 'The site {subject} has {different} objects with other bytes than were written, or does not list all that it has. What another site has right is replaced from there. The volume is damaged or was changed: check it.',
    },
  },
  site_unmarked: {
    de: {
      title: 'Am Standort {subject} liegt nicht, was dort liegen soll',
      text: 'Am Standort {subject} fehlt die Kennzeichnung dieser Installation; {expected} Objekte müssten dort sein. Ist der richtige Datenträger eingehängt? Bis dahin schreibt und löscht Obhut dort nichts. Ist er wirklich neu und leer: docs/sites.md, Abschnitt „A site is empty“.',
    },
    en: {
      title: 'What lies at the site {subject} is not what should',
      text: 'At the site {subject} the mark of this installation is missing; {expected} objects should be there. Is the right volume mounted? Until then Obhut writes and deletes nothing there. If it really is new and empty: docs/sites.md, section "A site is empty".',
    },
  },
  certificate_expires: {
    de: {
      title: 'Das Zertifikat läuft ab',
      text: 'Das TLS-Zertifikat dieses Servers gilt noch {days} Tage. Ein neues wird ohne Neustart übernommen.',
    },
    en: {
      title: 'The certificate expires',
      text: 'The TLS certificate of this server is valid for {days} more days. A new one is taken without a restart.',
    },
  },
  mail_stuck: {
    de: {
      title: 'E-Mails kommen nicht an',
      text: '{failing} Nachrichten ließen sich nicht zustellen. Ist der Mailserver da, stimmen Adresse und Passwort?',
    },
    en: {
      title: 'Mails do not arrive',
      text: '{failing} messages could not be delivered. Is the mail server there, are address and password right?',
    },
  },
  route_failed: {
    de: {
      title: 'Der Alarmweg {subject} geht nicht',
      text: 'Ein Alarm kam auf dem Weg {subject} nicht an ({reason}). Prüfen: obhut alarm test.',
    },
    en: {
      title: 'The alarm route {subject} does not work',
      text: 'An alarm did not arrive by the route {subject} ({reason}). To check: obhut alarm test.',
    },
  },
  heartbeat_failed: {
    de: {
      title: 'Der Herzschlag kommt nicht an',
      text: 'Die Gegenstelle des Herzschlags nimmt ihn nicht an ({reason}). Fällt Obhut jetzt aus, meldet sie es vielleicht nicht.',
    },
    en: {
      title: 'The heartbeat does not arrive',
      text: 'The receiver of the heartbeat does not take it ({reason}). If Obhut fails now, it may not say so.',
    },
  },
  erasure_late: {
    de: {
      title: 'Eine Löschung ist seit {hours} Stunden offen',
      text: '{orders} Löschaufträge sind länger offen, als sie sollten. Zugesagt sind 24 Stunden. Meist fehlt ein Tresor oder ein Standort. Das Protokoll des Servers sagt, was nicht ging; danach die Epoche schließen.',
    },
    en: {
      title: 'An erasure has been open for {hours} hours',
      text: '{orders} orders of erasure have been open for longer than they should. The promise is 24 hours. Usually a safe or a site is missing. The log of the server says what did not work; then close the epoch.',
    },
  },
  claim_fails: {
    de: {
      title: 'Die Sicherheitsseite: {subject} gilt nicht',
      text: 'Ein Nachweis der Sicherheitsseite ist nicht erfüllt: {subject}. Warum, und was zu tun ist, steht bei den Nachweisen.',
    },
    en: {
      title: 'The security page: {subject} does not hold',
      text: 'A claim of the security page does not hold: {subject}. Why, and what to do, stands with the claims.',
    },
  },
  backup_late: {
    de: {
      title: 'Seit {hours} Stunden keine Sicherung',
      text: 'Die letzte vollständige Sicherung ist {hours} Stunden alt. Das Protokoll des Servers sagt, was nicht ging (backup: …); was dann hilft, steht in docs/recovery.md.',
    },
    en: {
      title: 'No backup for {hours} hours',
      text: 'The last complete backup is {hours} hours old. The log of the server says what did not work (backup: …); what helps then stands in docs/recovery.md.',
    },
  },
  backup_damaged: {
    de: {
      title: 'Eine Sicherung am Standort {subject} ist beschädigt',
      text: 'Beim Nachlesen war am Standort {subject} nicht alles, wie es geschrieben wurde, und kein anderer Standort hatte es. Den Datenträger prüfen; die nächste Sicherung kommt in der Nacht.',
    },
    en: {
      title: 'A backup at the site {subject} is damaged',
      text: 'When it was read back, not all at the site {subject} was as it was written, and no other site had it. Check the volume; the next backup comes at night.',
    },
  },
  drill_failed: {
    de: {
      title: 'Die Probe einer Wiederherstellung ging nicht gut aus',
      text: 'Eine Sicherung vom Standort {site} wurde probeweise wiederhergestellt, und etwas stimmte nicht ({reason}). Was die Gründe bedeuten, steht in docs/recovery.md. Danach: npm start -- drill.',
    },
    en: {
      title: 'The rehearsal of a restore did not go well',
      text: 'A backup from the site {site} was restored as a rehearsal, and something was not right ({reason}). What the reasons mean stands in docs/recovery.md. Then: npm start -- drill.',
    },
  },
  backup_unproven: {
    de: {
      title: 'Seit {hours} Stunden ist keine Sicherung erprobt',
      text: 'Seit {hours} Stunden gelang keine Probe einer Wiederherstellung. Ob die Sicherungen taugen, weiß Obhut nicht. Fehlt Platz auf dem Datenträger? Die Wiederherstellung in der Konsole und docs/recovery.md sagen mehr.',
    },
    en: {
      title: 'No backup has been proven for {hours} hours',
      text: 'No rehearsal of a restore has succeeded for {hours} hours. Whether the backups are any good Obhut does not know. Is there no room on the disk? The recovery page of the console and docs/recovery.md say more.',
    },
  },
  source_backup_failed: {
    de: {
      title: 'Repository {subject} ist nicht gesichert',
      text: 'Die Sicherung des Repositorys {subject} ging in der letzten Nacht nicht ({reason}). Es wird alle halbe Stunde wieder versucht. Was die Gründe bedeuten, steht in docs/source-code.md.',
    },
    en: {
      title: 'Repository {subject} is not backed up',
      text: 'The backup of the repository {subject} did not work last night ({reason}). It is tried again every half hour. What the reasons mean stands in docs/source-code.md.',
    },
  },
  check_failed: {
    de: {
      title: 'Eine Prüfung kommt zu keinem Ergebnis',
      text: 'Die Prüfung „{subject}“ ging nicht zu Ende. Ob dort alles gut ist, weiß Obhut gerade nicht.',
    },
    en: {
      title: 'A check comes to no result',
      text: 'The check "{subject}" did not finish. Whether all is well there Obhut does not know at the moment.',
    },
  },
  test: {
    de: { title: 'Probealarm', text: 'Jemand prüft die Alarmwege. Es ist nichts geschehen.' },
    en: { title: 'Test alarm', text: 'Somebody is testing the alarm routes. Nothing has happened.' },
  },
} as const satisfies Readonly<Record<string, { readonly de: Words; readonly en: Words }>>;

/** What an alarm is about; stable. */
export type AlarmCode = keyof typeof words;
export const alarmCodes = Object.keys(words) as readonly AlarmCode[];

/** Ids and codes, counts, names that the operator gave to sites and routes. Never personal data. */
export type AlarmRefs = Readonly<Record<string, string | number>>;

export function isAlarmCode(code: unknown): code is AlarmCode {
  return typeof code === 'string' && code in words;
}

/** The alarm in words. What it does not know stays a dash: an alarm with a gap is better than none. */
export function alarmText(code: AlarmCode, refs: AlarmRefs, language: 'de' | 'en'): Words {
  const { title, text } = words[code][language];
  const filled = (sentence: string) => sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(refs[name] ?? '–'));
  return { title: filled(title), text: filled(text) };
}
