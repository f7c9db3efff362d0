/** The steps of a verification, and why one fails, in words. */
import { encodeHex, type ProofErrorCode, type VerificationStep, type VerificationStepName } from '@obhut/proof';
import { formatNumber, type Language, type Text } from './language.ts';
import { plain } from './words.ts';

export const stepNames: Readonly<Record<VerificationStepName, Text>> = {
  file: { de: 'Datei', en: 'File' },
  checkpoint: { de: 'Prüfpunkt', en: 'Checkpoint' },
  entry: { de: 'Eintrag', en: 'Entry' },
  path: { de: 'Pfad', en: 'Path' },
  root: { de: 'Wurzel', en: 'Root' },
};

export const stepOrder: readonly VerificationStepName[] = ['file', 'checkpoint', 'entry', 'path', 'root'];

const short = (hash: Uint8Array) => `${encodeHex(hash).slice(0, 16)}…`;

/** A step that was passed, with its numbers. */
export function stepText(step: VerificationStep, language: Language): string {
  const n = (value: number | bigint) => formatNumber(value, language);
  const de = language === 'de';
  switch (step.step) {
    case 'file':
      return de
        ? `Nachweis für Eintrag ${n(step.index)}, ${n(step.fileBytes)} Bytes`
        : `proof of entry ${n(step.index)}, ${n(step.fileBytes)} bytes`;
    case 'checkpoint': {
      const log = plain(step.origin);
      return de
        ? `${log}: ${n(step.size)} Einträge, unterschrieben mit Schlüssel ${step.signer.keyId}`
        : `${log}: ${n(step.size)} entries, signed by key ${step.signer.keyId}`;
    }
    case 'entry':
      return de
        ? `${n(step.entryBytes)} Bytes, Fingerabdruck ${short(step.leafHash)}`
        : `${n(step.entryBytes)} bytes, fingerprint ${short(step.leafHash)}`;
    case 'path':
      return de
        ? `${n(step.steps)} Schritte den Baum hinauf zu ${short(step.computedRoot)}`
        : `${n(step.steps)} steps up the tree to ${short(step.computedRoot)}`;
    case 'root':
      return de ? 'ist die unterschriebene' : 'is the signed one';
  }
}

const failures: Partial<Record<ProofErrorCode, Text>> = {
  signature_invalid: {
    de: 'Die Unterschrift stimmt nicht: Der Prüfpunkt wurde verändert.',
    en: 'The signature is wrong: the checkpoint was changed.',
  },
  signer_unknown: {
    de: 'Keiner der angehefteten Schlüssel hat diesen Prüfpunkt unterschrieben.',
    en: 'None of the pinned keys signed this checkpoint.',
  },
  inclusion_invalid: {
    de: 'Der Eintrag führt nicht zur unterschriebenen Wurzel: Er oder der Pfad wurde verändert.',
    en: 'The entry does not lead to the signed root: it or the path was changed.',
  },
  origin_mismatch: { de: 'Das ist ein anderes Protokoll.', en: 'This is another log.' },
  entry_missing: { de: 'Die Datei enthält keinen Eintrag.', en: 'The file holds no entry.' },
  ed25519_unavailable: {
    de: 'Dieses Node kann die Unterschrift nicht prüfen. Nimm Node 20 oder neuer.',
    en: 'This Node cannot check the signature. Use Node 20 or later.',
  },
  log_shrunk: {
    de: 'Das Protokoll ist kürzer als beim letzten Mal. Bewahre diese Datei und den gemerkten Prüfpunkt auf.',
    en: 'The log is shorter than last time. Keep this file and the remembered checkpoint.',
  },
  log_forked: {
    de: 'Das Protokoll hat sich selbst widersprochen. Bewahre diese Datei und den gemerkten Prüfpunkt auf.',
    en: 'The log contradicted itself. Keep this file and the remembered checkpoint.',
  },
  log_inconsistent: {
    de: 'Das Protokoll ist keine Fortsetzung von dem, was gemerkt war. Bewahre beides auf.',
    en: 'The log does not continue what was remembered. Keep both.',
  },
};

export function failureText(code: ProofErrorCode, language: Language): string {
  const other = { de: 'Die Datei ist kein gültiger Nachweis.', en: 'The file is no valid proof.' };
  return `${(failures[code] ?? other)[language]} (${code})`;
}
