export { encodeEntryBundle, MAX_ENTRY_BYTES, parseEntryBundle } from './bundle.ts';
export { type Checkpoint, formatCheckpointText, parseCheckpoint, type TreeHead } from './checkpoint.ts';
export { type ConsistencyClaim, verifyConsistency } from './consistency.ts';
export { type Cosignature, cosignatureMessage, encodeCosignature, parseCosignature } from './cosignature.ts';
export { decodeBase64, decodeHex, encodeBase64, encodeHex } from './encoding.ts';
export { ProofError, type ProofErrorCode } from './errors.ts';
export { type InclusionPath, rootFromInclusion, verifyInclusion } from './inclusion.ts';
export {
  createVerifierKey,
  formatKeyId,
  formatVerifierKey,
  keyId,
  parseVerifierKey,
  SIGNATURE_TYPE,
  type SignatureType,
  type VerifierKey,
} from './key.ts';
export { emptyRoot, HASH_LENGTH, hashLeaf, hashNode } from './merkle.ts';
export { formatNote, type Note, type NoteSignature, noteSignatureMessage, parseNote } from './note.ts';
export { proveConsistency, proveInclusion, rootFromTiles } from './prove.ts';
export { checkAgainstRemembered } from './remember.ts';
export { type Hasher, sha256 } from './sha256.ts';
export type { TiledLog } from './subtree.ts';
export {
  type BundleId,
  bundlePath,
  parseBundlePath,
  parseTilePath,
  rightEdge,
  TILE_WIDTH,
  type Tile,
  type TileId,
  type TileReader,
  tilePath,
  tileWidth,
} from './tile.ts';
export { formatTlogProof, parseTlogProof, type TlogProof, type TlogProofParts } from './tlog-proof.ts';
export { type ExtendedTree, extendTree, rootFromEdge, type TreeExtension } from './tree.ts';
export {
  type Cosigner,
  type Signer,
  type TlogProofToVerify,
  VerificationError,
  type VerificationStep,
  type VerificationStepName,
  type VerifiedTlogProof,
  verifyTlogProof,
} from './verify.ts';
export { type VerifiedSignature, verifyNote } from './verify-note.ts';
