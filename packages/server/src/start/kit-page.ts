import { Html, html } from '../platform/http/html.ts';
import type { Kit } from '../platform/secrets/kit.ts';
import type { Language } from './language.ts';

/** What stands on the terminal around the kit. */
export const kitWordsOn = {
  de: {
    passphrase: 'Passwort des Notfallpakets:',
    choose: (length: number) => `Dein Passwort für das Notfallpaket, mindestens ${length} Zeichen:`,
    made: (path: string, passphrase: string | undefined) =>
      [
        `  ${path}.json   die Datei`,
        `  ${path}.html   dasselbe zum Drucken`,
        ...(passphrase === undefined
          ? []
          : ['', '  Passwort, nur jetzt zu sehen; schreibe es auf das Blatt:', `  ${passphrase}`]),
        '',
        '  Danach: npm start -- recovery-kit rehearse DATEI',
      ].join('\n'),
    opens: (site: string, backups: number, unreadable: number) =>
      `${site}: ${backups} Sicherungen gehören zu diesem Schlüssel${unreadable > 0 ? `, ${unreadable} sind nicht lesbar` : ''}`,
    rehearsed: 'Geprobt: Das Paket öffnet sich und gehört hierher. Es steht im Protokoll.',
  },
  en: {
    passphrase: 'Passphrase of the recovery kit:',
    choose: (length: number) => `Your passphrase for the recovery kit, at least ${length} characters:`,
    made: (path: string, passphrase: string | undefined) =>
      [
        `  ${path}.json   the file`,
        `  ${path}.html   the same to print`,
        ...(passphrase === undefined
          ? []
          : ['', '  Passphrase, shown only now; write it on the sheet:', `  ${passphrase}`]),
        '',
        '  Then: npm start -- recovery-kit rehearse FILE',
      ].join('\n'),
    opens: (site: string, backups: number, unreadable: number) =>
      `${site}: ${backups} backups belong to this key${unreadable > 0 ? `, ${unreadable} cannot be read` : ''}`,
    rehearsed: 'Rehearsed: the kit opens and belongs here. It stands in the log.',
  },
} as const;

const pageWords = {
  de: {
    title: 'Notfallpaket',
    for: 'Betreiber',
    made: 'Gemacht',
    number: 'Nummer',
    opens: 'Öffnet: den Hauptschlüssel und den Schlüssel der Sicherungen dieser Installation.',
    opensNot:
      'Ersetzt nicht: einen Standort mit Sicherung, Tresor und Löschverzeichnis. Ohne Tresor sind alle Daten tot, auch mit diesem Blatt.',
    how: 'So wird wiederhergestellt',
    steps: [
      'Obhut auf einer neuen Maschine installieren und in obhut.yaml den Standort nennen, der noch da ist.',
      'Die Datei des Pakets auf die Maschine bringen, oder den Kasten unten in eine Datei abschreiben.',
      'npm start -- restore --kit DATEI, den Plan lesen, dann dasselbe mit --yes.',
      'npm start -- --new-generation restored',
    ],
    passphrase: 'Passwort (von Hand eintragen, oder getrennt von diesem Blatt aufheben):',
    keep: 'Bewahre zwei Blätter an zwei Orten auf. Wer Blatt, Passwort und einen Standort hat, kann alles lesen.',
  },
  en: {
    title: 'Recovery kit',
    for: 'Operator',
    made: 'Made',
    number: 'Number',
    opens: 'Opens: the root key and the backup key of this installation.',
    opensNot:
      'Does not replace: a site with backup, safe and erasure ledger. Without a safe all data is dead, also with this sheet.',
    how: 'How to restore',
    steps: [
      'Install Obhut on a new machine and name the site that is still there in obhut.yaml.',
      'Bring the file of the kit to the machine, or copy the box below into a file.',
      'npm start -- restore --kit FILE, read the plan, then the same with --yes.',
      'npm start -- --new-generation restored',
    ],
    passphrase: 'Passphrase (write it by hand, or keep it apart from this sheet):',
    keep: 'Keep two sheets at two places. Whoever has a sheet, the passphrase and a site can read everything.',
  },
} as const;

const style = new Html(
  'body{font:11pt/1.5 system-ui,sans-serif;max-width:18cm;margin:1.5cm auto;color:#111}h1{font-size:18pt;margin:0 0 .5em}pre{border:1px solid #666;padding:.6em;white-space:pre-wrap;overflow-wrap:anywhere;font-size:10pt}dl{display:grid;grid-template-columns:7em 1fr;gap:.2em 1em}dd{margin:0}.line{border-bottom:1px solid #111;height:2em}@page{margin:1.5cm}',
);

/** One sheet of paper. The passphrase is not on it. */
export function kitPage(kit: Kit, operator: string | undefined, language: Language): string {
  const t = pageWords[language];
  return `<!doctype html>\n${html`<html lang="${language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${t.title}</title><style>${style}</style>
<h1>${t.title}</h1>
<dl><dt>${t.for}</dt><dd>${operator ?? '–'}</dd><dt>${t.made}</dt><dd>${kit.made}</dd><dt>${t.number}</dt><dd>${kit.id}</dd></dl>
<p>${t.opens}</p><p>${t.opensNot}</p>
<h2>${t.how}</h2><ol>${t.steps.map((step) => html`<li>${step}</li>`)}</ol>
<p>${t.passphrase}</p><div class="line"></div><div class="line"></div>
<pre>${JSON.stringify(kit, undefined, 1)}</pre>
<p>${t.keep}</p></html>`}\n`;
}
