/**
 * What a backup is: which packs it has, where in the log it begins and ends, what else is needed to restore it. Signed, and
 * written last: a backup without a manifest is none.
 *
 * Two lines: the manifest as JSON, and the Ed25519 signature over exactly those bytes, in base64.
 */
import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';

export const formatVersion = 1;

const digest = Type.String({ pattern: '^[0-9a-f]{64}$' });
const uuid = Type.String({ pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' });
const lsn = Type.String({ pattern: '^[0-9A-F]{1,8}/[0-9A-F]{1,8}$' });
const time = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' });
const count = Type.Integer({ minimum: 0 });

const packSchema = Type.Object(
  {
    /** SHA-256 of the pack as it lies there. */
    digest,
    storedBytes: count,
    plainBytes: count,
  },
  { additionalProperties: false },
);

const manifestSchema = Type.Object(
  {
    format: Type.Literal('obhut-backup'),
    version: Type.Literal(formatVersion),
    backup: uuid,
    /** Of which history: each restore begins a new one. */
    lineage: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    systemId: Type.String({ pattern: '^\\d{1,20}$' }),
    timeline: Type.Integer({ minimum: 1 }),
    segmentBytes: Type.Integer({ minimum: 1_048_576, maximum: 1_073_741_824 }),
    startLsn: lsn,
    endLsn: lsn,
    startedAt: time,
    endedAt: time,
    postgres: Type.String({ maxLength: 60 }),
    obhut: Type.String({ maxLength: 60 }),
    /** SHA-256 of the manifest before, as it was signed; none in the first. */
    previous: Type.Union([digest, Type.Null()]),
    /** What is in it, in the order of the packs. */
    streams: Type.Array(
      Type.Object(
        {
          name: Type.Enum(['base.tar', 'backup_manifest', 'secrets.json']),
          packs: Type.Array(packSchema, { maxItems: 4_000_000 }),
        },
        { additionalProperties: false },
      ),
      { minItems: 3, maxItems: 3 },
    ),
    /** What a restore wants besides: the keys, by their commitments, and what lies at the sites. */
    needs: Type.Object(
      {
        rootKey: Type.String({ pattern: '^[0-9a-f]{32}$' }),
        backupKey: Type.String({ pattern: '^[0-9a-f]{32}$' }),
        purposes: Type.Array(Type.Enum(['safe', 'ledger', 'heads', 'objects'])),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);

export type Manifest = Static<typeof manifestSchema>;
export type PackEntry = Static<typeof packSchema>;
export type StreamName = Manifest['streams'][number]['name'];

export interface SignedManifest {
  readonly manifest: Manifest;
  /** Of the first line: what the next one names as its `previous`. */
  readonly digest: string;
}

/** A manifest that cannot be used. `newer`: made by a later Obhut. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
  readonly code: 'manifest_damaged' | 'manifest_newer';
  constructor(code: 'manifest_damaged' | 'manifest_newer') {
    super(code === 'manifest_newer' ? 'the backup was made by a newer Obhut' : 'the manifest is not what was written');
    this.code = code;
  }
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

export function writeManifest(manifest: Manifest, signing: KeyObject): { bytes: Buffer; digest: string } {
  const line = Buffer.from(JSON.stringify(manifest));
  const signature = sign(null, line, signing).toString('base64');
  return { bytes: Buffer.concat([line, Buffer.from(`\n${signature}\n`)]), digest: sha256(line) };
}

/** @throws ManifestError unless it is signed by this key and of a form that we know. */
export function readManifest(bytes: Buffer, verifying: KeyObject): SignedManifest {
  const end = bytes.indexOf(0x0a);
  const line = bytes.subarray(0, Math.max(end, 0));
  const second = bytes.subarray(end + 1).toString('latin1');
  const signature = Buffer.from(second.trim(), 'base64');
  // Exactly as we write it: one text, one signature, nothing behind it.
  const isOurs = end > 0 && second === `${signature.toString('base64')}\n` && signature.length === 64;
  if (!isOurs || !verify(null, line, verifying, signature)) throw new ManifestError('manifest_damaged');
  const parsed = JSON.parse(line.toString('utf8')) as { readonly version?: unknown };
  if (typeof parsed.version === 'number' && parsed.version > formatVersion) throw new ManifestError('manifest_newer');
  if (!Value.Check(manifestSchema, parsed)) throw new ManifestError('manifest_damaged');
  return { manifest: parsed, digest: sha256(line) };
}
