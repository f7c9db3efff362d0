/**
 * What can go wrong, as stable words: callers may switch on them and translations may key on them.
 *
 * - `utf8_invalid`, `base64_invalid`, `hex_invalid`, `decimal_invalid`: an encoding that is wrong, or not canonical
 * - `number_out_of_range`: a size or index that is negative, above 2^64 - 1, or an index outside its tree
 * - `hash_invalid`: a hash that is not 32 bytes
 * - `inclusion_invalid`, `consistency_invalid`: a proof of the wrong length, or one that leads to another root
 * - `tile_invalid`, `tile_data_invalid`: no such tile; bytes that are not the tile asked for
 * - `bundle_invalid`: an entry bundle that is not exactly the entries it should hold
 * - `edge_incomplete`, `edge_mismatch`: a right edge without a tile it needs, or one that gives another root
 * - `key_invalid`, `key_ambiguous`: a verifier key that does not parse; two different keys under one name and id
 * - `note_invalid`, `checkpoint_invalid`, `cosignature_invalid`, `proof_file_invalid`: not of that format
 * - `signature_invalid`: a signature by a pinned key that does not verify
 * - `signer_unknown`: no signature by a pinned key
 * - `ed25519_unavailable`: this runtime has no WebCrypto with Ed25519, so nothing could be checked
 * - `origin_mismatch`: a checkpoint of another log than the one expected
 * - `entry_missing`, `entry_mismatch`: no entry to check; the entry at hand is not the one in the file
 * - `log_other`, `log_shrunk`, `log_forked`, `log_inconsistent`: against the remembered checkpoint, the next one is of
 *   another log, is smaller, has another root at the same size, or is not shown to extend it
 */
export type ProofErrorCode =
  | 'utf8_invalid'
  | 'base64_invalid'
  | 'hex_invalid'
  | 'decimal_invalid'
  | 'number_out_of_range'
  | 'hash_invalid'
  | 'inclusion_invalid'
  | 'consistency_invalid'
  | 'tile_invalid'
  | 'tile_data_invalid'
  | 'bundle_invalid'
  | 'edge_incomplete'
  | 'edge_mismatch'
  | 'key_invalid'
  | 'key_ambiguous'
  | 'note_invalid'
  | 'checkpoint_invalid'
  | 'cosignature_invalid'
  | 'proof_file_invalid'
  | 'signature_invalid'
  | 'signer_unknown'
  | 'ed25519_unavailable'
  | 'origin_mismatch'
  | 'entry_missing'
  | 'entry_mismatch'
  | 'log_other'
  | 'log_shrunk'
  | 'log_forked'
  | 'log_inconsistent';

/** The only error this package throws on purpose. `code` is stable; `message` is for people and may change. */
export class ProofError extends Error {
  readonly code: ProofErrorCode;

  constructor(code: ProofErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ProofError';
    this.code = code;
  }
}

/** Throws a `ProofError` unless the condition holds. */
export function needs(condition: boolean, code: ProofErrorCode, message: string): asserts condition {
  if (!condition) throw new ProofError(code, message);
}
