/**
 * A bucket as a site, for objects and backups: never a safe, because nobody can show that a key that was deleted there is gone;
 * never ledger or heads, which are appended to. What cannot be done is an error as of a file, and never holds a credential.
 */
import { Readable } from 'node:stream';
import type * as Sdk from '@aws-sdk/client-s3';
import type { SitePurpose, SiteSettings } from '../config/settings.ts';
import { createS3Writer } from './s3-writer.ts';
import { CountryRefused, objectName, type Site, type SiteNote } from './site.ts';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface S3SiteOptions {
  readonly settings: SiteSettings & { readonly s3: NonNullable<SiteSettings['s3']> };
  readonly credentials: S3Credentials;
  readonly allowedCountries: readonly string[];
  /** Between two bytes. */
  readonly timeoutMs?: number;
}

/** What a bucket answered, as a failure of a file. */
export class BucketError extends Error {
  override readonly name = 'BucketError';
  readonly code: 'EACCES' | 'EEXIST' | 'EIO' | 'ENOENT' | 'EVERSIONS';
  constructor(code: BucketError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

const connectMs = 10_000;
/** A bucket says when an upload in parts was begun, not when its last part came: a large file may be on its way for long. */
const longestUploadMs = 24 * 3_600_000;
const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

const statusOf = (error: unknown) => (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;

function asBucketError(error: unknown, what: string): BucketError {
  if (error instanceof BucketError) return error;
  const status = statusOf(error);
  const { name } = error as Error;
  const code = status === 404 ? 'ENOENT' : status === 412 ? 'EEXIST' : status === 403 ? 'EACCES' : 'EIO';
  // Its message may repeat what was sent.
  return new BucketError(code, `${what}: ${name}${status === undefined ? '' : ` (${status})`}`);
}

/** Loads the library, which no installation without a bucket needs. @throws CountryRefused */
export async function createS3Site(options: S3SiteOptions): Promise<Site> {
  const { settings, credentials, allowedCountries, timeoutMs = 60_000 } = options;
  const { s3, name: site } = settings;
  const allow = () => {
    if (!allowedCountries.includes(settings.country)) throw new CountryRefused(site, settings.country);
  };
  allow();
  const sdk: typeof Sdk = await import('@aws-sdk/client-s3');
  const client = new sdk.S3Client({
    region: s3.region,
    ...(s3.endpoint !== undefined && { endpoint: s3.endpoint }),
    forcePathStyle: s3.pathStyle,
    credentials: { ...credentials },
    maxAttempts: 3,
    // Sums that not every server knows; the body is signed by its SHA-256 instead.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: connectMs, socketTimeout: timeoutMs },
  });
  const host = s3.endpoint === undefined ? `s3.${s3.region}.amazonaws.com` : new URL(s3.endpoint).hostname;
  const prefix = s3.prefix === undefined ? '' : `${s3.prefix.replace(/\/+$/, '')}/`;
  const Bucket = s3.bucket;

  /** Every call goes through here: what fails says which site and which step, and nothing that was sent. */
  async function ask<Result>(step: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw asBucketError(error, `site ${site}, ${step}`);
    }
  }
  const orNothing = (error: BucketError) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  };
  const folderOf = (purpose: SitePurpose) => {
    if (!settings.purposes.includes(purpose)) throw new TypeError(`site ${site} is not for ${purpose}`);
    return `${prefix}${purpose}/`;
  };
  const keyOf = (purpose: SitePurpose, name: string) => {
    if (!objectName.test(name)) throw new TypeError('not an object name');
    return `${folderOf(purpose)}${name}`;
  };
  const noteKey = (purpose: SitePurpose, note: SiteNote) => `${folderOf(purpose)}.obhut-${note}`;
  const never = async (): Promise<never> => {
    throw new TypeError(`site ${site} is a bucket: nothing is appended to it`);
  };

  async function put(Key: string, content: Uint8Array, IfNoneMatch?: '*'): Promise<void> {
    allow();
    const Body = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    await ask('put', () =>
      client.send(new sdk.PutObjectCommand({ Bucket, Key, Body, ...(IfNoneMatch !== undefined && { IfNoneMatch }) })),
    );
  }

  async function get(Key: string): Promise<Buffer | undefined> {
    return ask('get', async () => {
      const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket, Key }));
      return Body === undefined ? undefined : Buffer.from(await Body.transformToByteArray());
    }).catch(orNothing);
  }

  async function head(purpose: SitePurpose, name: string) {
    const Key = keyOf(purpose, name);
    return ask('head', () => client.send(new sdk.HeadObjectCommand({ Bucket, Key }))).catch(orNothing);
  }

  async function* parts(purpose: SitePurpose, name: string, from: number, toInclusive: number) {
    const Key = keyOf(purpose, name);
    const Range = `bytes=${from}-${toInclusive}`;
    try {
      const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket, Key, Range }));
      if (Body !== undefined) yield* Body as Readable;
    } catch (error) {
      throw asBucketError(error, `site ${site}, get`);
    }
  }

  async function sizes(purpose: SitePurpose): Promise<Map<string, number>> {
    const Prefix = folderOf(purpose);
    const found = new Map<string, number>();
    let ContinuationToken: string | undefined;
    do {
      const page = await ask('list', () =>
        client.send(
          new sdk.ListObjectsV2Command({
            Bucket,
            Prefix,
            ...(ContinuationToken !== undefined && { ContinuationToken }),
          }),
        ),
      );
      for (const { Key = '', Size = 0 } of page.Contents ?? []) {
        const name = Key.slice(Prefix.length);
        if (objectName.test(name)) found.set(name, Size);
      }
      ContinuationToken = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (ContinuationToken !== undefined);
    return found;
  }

  async function remove(purpose: SitePurpose, name: string): Promise<void> {
    const Key = keyOf(purpose, name);
    const { DeleteMarker } = await ask('delete', () => client.send(new sdk.DeleteObjectCommand({ Bucket, Key })));
    // It would seem to be gone, and lie there for whoever asks for an older version.
    if (DeleteMarker === true && purpose === 'objects')
      throw new BucketError('EVERSIONS', `site ${site}, delete: the bucket keeps versions, so nothing is erased there`);
  }

  const note = async (purpose: SitePurpose, which: SiteNote) =>
    (await get(noteKey(purpose, which)))?.toString('utf8').trim();

  return {
    name: site,
    country: settings.country,
    street: settings.street,
    purposes: settings.purposes,
    where: `s3://${Bucket}/${prefix} (${host})`,
    ground: async () => (loopback.test(host) ? 'here' : `network:${host}`),
    folder() {
      throw new TypeError(`site ${site} is a bucket`);
    },
    create: (purpose, name, content) => put(keyOf(purpose, name), content, '*'),
    replace: (purpose, name, content) => put(keyOf(purpose, name), content),
    append: never,
    async writer(purpose, name) {
      allow();
      return createS3Writer({ sdk, client, bucket: Bucket, key: keyOf(purpose, name), ask });
    },
    read: (purpose, name) => get(keyOf(purpose, name)),
    stream: (purpose, name, from, toInclusive) =>
      Readable.from(parts(purpose, name, from, toInclusive), { objectMode: false }),
    size: async (purpose, name) => (await head(purpose, name))?.ContentLength,
    modifiedAt: async (purpose, name) => (await head(purpose, name))?.LastModified,
    remove,
    async removeUnfinished(purpose, before) {
      const page = await ask('list', () =>
        client.send(new sdk.ListMultipartUploadsCommand({ Bucket, Prefix: folderOf(purpose) })),
      );
      const begun = new Date(before.getTime() - longestUploadMs);
      const old = (page.Uploads ?? []).filter(({ Initiated }) => Initiated !== undefined && Initiated < begun);
      for (const { Key, UploadId } of old)
        await ask('abort', () => client.send(new sdk.AbortMultipartUploadCommand({ Bucket, Key, UploadId })));
      return old.length;
    },
    list: async (purpose) => [...(await sizes(purpose)).keys()].sort(),
    async reach(purpose) {
      const Prefix = folderOf(purpose);
      await ask('list', () => client.send(new sdk.ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 })));
    },
    sizes,
    note,
    async noteOnce(purpose, which, text) {
      await put(noteKey(purpose, which), Buffer.from(`${text}\n`), '*').catch((error: unknown) => {
        if ((error as BucketError).code !== 'EEXIST') throw error;
      });
      const written = await note(purpose, which);
      if (written === undefined) throw new BucketError('EIO', `site ${site} does not keep what is written`);
      return written;
    },
    async forgetNote(purpose, which) {
      await ask('delete', () => client.send(new sdk.DeleteObjectCommand({ Bucket, Key: noteKey(purpose, which) })));
    },
  };
}
