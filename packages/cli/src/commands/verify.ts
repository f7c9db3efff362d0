import { readFileSync } from 'node:fs';
import { createMemory, type JournalEntry } from '@obhut/client';
import {
  encodeHex,
  formatKeyId,
  ProofError,
  parseTlogProof,
  parseVerifierKey,
  VerificationError,
  type VerifiedTlogProof,
  type VerifierKey,
  verifyTlogProof,
} from '@obhut/proof';
import { type Arguments, type Command, connectionOptions, positional } from '../command.ts';
import { type ExitCode, exitCodes, usage } from '../exit.ts';
import { openKnownLogs } from '../known-logs-folder.ts';
import { printJson } from '../print.ts';
import { failureText, stepNames, stepOrder, stepText } from '../proof-words.ts';
import { type Compared, compareWithMemory } from '../remember.ts';
import type { Terminal } from '../terminal.ts';
import { entryInWords, plain } from '../words.ts';
import { fetchPage, readBundle, shownKey, verifyPage } from './verify-page.ts';

const help = {
  de: `obhut verify DATEI [--key SCHLÜSSEL | --keys DATEI] [--remember ORDNER [--customer ID]] [--json]
obhut verify ADRESSE --key SCHLÜSSEL [--remember ORDNER] [--save DATEI]   (oder --offline DATEI)

  Prüft einen Nachweis (.tlog-proof) ohne Obhut und ohne Netz, Schritt für Schritt.
  Mit der Adresse einer Sicherheitsseite: alle ihre Sätze und Nachweise; was unbekannt ist, wird genannt.
  Es endet mit 1, wenn ein Nachweis nicht stimmt oder eine Aussage nicht gilt.
  Der Schlüssel muss von woanders kommen als der Nachweis. Ohne Schlüssel endet es mit 1.

  --key SCHLÜSSEL     Schlüssel des Protokolls: ursprung+kennung+base64
  --keys DATEI        mehrere, einer je Zeile
  --remember ORDNER   merkt sich das Protokoll: Es darf weder schrumpfen noch sich widersprechen
  --save DATEI        bewahrt die Seite mit ihren Nachweisen auf; --offline DATEI prüft sie später ohne Netz
  --customer ID       fragt dafür Obhut, ob das Protokoll von heute das gemerkte fortsetzt

Beispiel
  obhut verify zugriff.tlog-proof --keys bekannte-protokolle.txt --remember ~/.obhut
`,
  en: `obhut verify FILE [--key VKEY | --keys FILE] [--remember FOLDER [--customer ID]] [--json]
obhut verify ADDRESS --key VKEY [--remember FOLDER] [--save FILE]   (or --offline FILE)

  Verifies a proof (.tlog-proof) without Obhut and without a network, step by step.
  With the address of a security page: all of its sentences and proofs; what is unknown is named.
  It ends with 1 when a proof is not good or a claim does not hold.
  The key must come from somewhere else than the proof. Without a key it ends with 1.

  --key VKEY          key of the log: origin+id+base64
  --keys FILE         several, one a line
  --remember FOLDER   remembers the log: it may neither shrink nor contradict itself
  --save FILE         keeps the page with its proofs; --offline FILE verifies it later without a network
  --customer ID       asks Obhut for it whether the log of today continues what was remembered

Example
  obhut verify access.tlog-proof --keys known-logs.txt --remember ~/.obhut
`,
};

/** Pinned keys: an option, or a file with one a line. @throws Failure */
function pinnedKeys(given: Arguments): readonly VerifierKey[] {
  const file = given.text('keys');
  const lines = [
    given.text('key') ?? [],
    file === undefined
      ? []
      : readFileSync(file, 'utf8')
          .replace(/^\uFEFF/, '')
          .split(/\r?\n/),
  ].flat();
  try {
    return lines
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map(parseVerifierKey);
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    throw usage({ de: 'Das ist kein Schlüssel: ursprung+kennung+base64', en: 'This is no key: origin+id+base64' });
  }
}

/** Which log the file says it is of, and by which key: a claim, not to be believed yet. */
function claimOf(file: Uint8Array): { origin: string; keyIds: readonly string[] } | undefined {
  try {
    const { checkpoint } = parseTlogProof(file);
    const own = checkpoint.note.signatures.filter(({ name }) => name === checkpoint.origin);
    return { origin: checkpoint.origin, keyIds: own.map(({ keyId }) => formatKeyId(keyId)) };
  } catch {
    return undefined; // step 1 says why
  }
}

/** A page by its address, or as it was saved. `undefined`: a proof file is to be verified. */
async function runPage(terminal: Terminal, given: Arguments): Promise<ExitCode | undefined> {
  const offline = given.text('offline');
  const [address] = given.positionals;
  if (offline === undefined && !/^https?:\/\//.test(address ?? '')) return undefined;
  const keys = pinnedKeys(given);
  const json = given.flag('json');
  if (keys.length === 0) {
    if (address === undefined) throw usage({ de: '--key fehlt.', en: '--key is missing.' });
    const shown = await shownKey(address);
    if (json) await printJson(terminal, { holds: false, code: 'first_contact', key: shown });
    else
      terminal.say(
        terminal.t({
          de: `Erster Kontakt: Kein Schlüssel ist angeheftet, also ist nichts geprüft. Die Seite selbst zeigt\n  ${plain(shown)}\nVergleiche ihn auf anderem Weg, und nenne ihn mit --key.\n`,
          en: `First contact: no key is pinned, so nothing was verified. The page itself shows\n  ${plain(shown)}\nCompare it in another way, and name it with --key.\n`,
        }),
      );
    return exitCodes.failed;
  }
  const folder = given.text('remember');
  if (offline !== undefined && folder !== undefined)
    throw usage({
      de: '--remember braucht die Seite selbst: nur sie kann zeigen, wie sie an das Gemerkte anschließt.',
      en: '--remember needs the page itself: only it can show how it continues what is remembered.',
    });
  const bundle = offline === undefined ? await fetchPage(address ?? '') : readBundle(offline);
  const remember =
    address === undefined
      ? undefined
      : { logs: folder === undefined ? createMemory() : openKnownLogs(folder), address };
  return verifyPage(terminal, { bundle, keys, json, save: given.text('save'), remember });
}

async function run(terminal: Terminal, given: Arguments): Promise<ExitCode> {
  const page = await runPage(terminal, given);
  if (page !== undefined) return page;
  const file = readFileSync(positional(given, 0, 'FILE'));
  const json = given.flag('json');
  const folder = given.text('remember');
  const memory = folder === undefined ? undefined : openKnownLogs(folder);
  const claim = claimOf(file);
  const pinned = pinnedKeys(given);
  const known = claim === undefined ? undefined : await memory?.get(claim.origin);
  const keys = pinned.length > 0 || known === undefined ? pinned : [parseVerifierKey(known.key)];
  if (keys.length === 0 && claim !== undefined) return firstContact(terminal, claim, json);

  try {
    const proven = await verifyTlogProof({ file, keys });
    const compared = await compareWithMemory({ terminal, given, memory, known, keys, proven, file });
    const entry = JSON.parse(new TextDecoder().decode(proven.entry)) as JournalEntry;
    if (json) await printJson(terminal, asJson(proven, entry, compared));
    else await terminal.out(inWords(terminal, proven, entry, compared));
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    await refuse(terminal, error, json);
    return exitCodes.failed;
  }
}

async function firstContact(
  terminal: Terminal,
  { origin, keyIds }: { origin: string; keyIds: readonly string[] },
  json: boolean,
): Promise<ExitCode> {
  if (json) await printJson(terminal, { holds: false, code: 'first_contact', origin, keyIds });
  else {
    const needed = keyIds.map((id) => `  ${plain(origin)}+${id}+…\n`).join('');
    const text = terminal.t({
      de: 'Erster Kontakt: Für dieses Protokoll ist kein Schlüssel angeheftet, also ist nichts geprüft.\nNötig ist der Schlüssel',
      en: 'First contact: no key is pinned for this log, so nothing was verified.\nNeeded is the key',
    });
    const where = terminal.t({
      de: 'Lass ihn dir vom Betreiber auf anderem Weg geben als den Nachweis („obhut customer show“ zeigt ihn),\nund nenne ihn mit --key.\n',
      en: 'Have the operator give it to you by another way than the proof ("obhut customer show" prints it),\nand name it with --key.\n',
    });
    terminal.say(`${text}\n${needed}${where}`);
  }
  return exitCodes.failed;
}

function stepLine(terminal: Terminal, number: number, text: string): string {
  const step = stepOrder[number - 1];
  const name = step === undefined ? '' : terminal.t(stepNames[step]);
  return ` ${number}  ${name.padEnd(10)}  ${text}\n`;
}

function inWords(terminal: Terminal, proven: VerifiedTlogProof, entry: JournalEntry, compared: Compared): string {
  const { t, language } = terminal;
  const steps = proven.steps.map((step) => stepLine(terminal, step.number, stepText(step, language)));
  const words = entryInWords(entry, language);
  const width = Math.max(...words.map(([label]) => label.length));
  const said = words.map(([label, value]) => `    ${label.padEnd(width)}  ${value}\n`);
  const memory: Readonly<Record<Compared, string>> = {
    none: '',
    first: t({ de: ' Das Protokoll ist jetzt gemerkt.\n', en: ' The log is remembered now.\n' }),
    same: t({ de: ' Es setzt fort, was gemerkt war.\n', en: ' It continues what was remembered.\n' }),
    open: t({
      de: ' Mit dem Gemerkten nicht verglichen: Dazu braucht es Obhut (--customer).\n',
      en: ' Not compared with what was remembered: that takes Obhut (--customer).\n',
    }),
  };
  return [
    ...steps,
    '\n',
    t({ de: ' Dieser Eintrag steht unverändert im Protokoll.\n', en: ' This entry stands unchanged in the log.\n' }),
    memory[compared],
    '\n',
    ...said,
    '\n',
    t({
      de: ' Das zeigt nicht, was nie eingetragen wurde.\n',
      en: ' This does not show what was never entered.\n',
    }),
  ].join('');
}

function asJson(proven: VerifiedTlogProof, entry: JournalEntry, compared: Compared): unknown {
  const { origin, index, size, leafHash, root, signer, cosigners } = proven;
  return {
    holds: true,
    origin,
    index: Number(index),
    size: Number(size),
    leafHash: encodeHex(leafHash),
    root: encodeHex(root),
    signer,
    cosigners: cosigners.map((cosigner) => ({ ...cosigner, timestamp: Number(cosigner.timestamp) })),
    remembered: compared,
    entry,
  };
}

async function refuse(terminal: Terminal, error: ProofError, json: boolean): Promise<void> {
  const passed = error instanceof VerificationError ? error.passed : [];
  const step = error instanceof VerificationError ? error.step : undefined;
  if (json) {
    await printJson(terminal, { holds: false, code: error.code, ...(step !== undefined && { step }) });
    return;
  }
  const { language } = terminal;
  const lines = passed.map((done) => stepLine(terminal, done.number, stepText(done, language)));
  if (step !== undefined) {
    lines.push(stepLine(terminal, passed.length + 1, terminal.t({ de: 'STIMMT NICHT', en: 'FAILS' })));
  }
  await terminal.out(lines.join(''));
  terminal.say(`\n ${failureText(error.code, language)}\n`);
}

export const verify: Command = {
  words: 'verify',
  summary: { de: 'einen Nachweis ohne Obhut prüfen', en: 'verify a proof without Obhut' },
  help,
  options: {
    ...connectionOptions,
    key: { type: 'string' },
    keys: { type: 'string' },
    remember: { type: 'string' },
    customer: { type: 'string' },
    save: { type: 'string' },
    offline: { type: 'string' },
  },
  positionals: 1,
  run,
};
