/** An object on its way into a bucket: at once where it is small, in parts where it is not. It has its name after `commit`. */
import type * as Sdk from '@aws-sdk/client-s3';
import type { ObjectWriter } from './site.ts';

export interface S3WriterOptions {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.S3Client;
  readonly bucket: string;
  readonly key: string;
  readonly ask: <Result>(step: string, work: () => Promise<Result>) => Promise<Result>;
}

const firstPartBytes = 8 * 1_048_576;
/** A bucket takes 10,000 parts: the later ones are larger, so that any file fits. */
const partsOfOneSize = 1_000;

export function createS3Writer({ sdk, client, bucket, key, ask }: S3WriterOptions): ObjectWriter {
  const at = { Bucket: bucket, Key: key };
  const done: { ETag: string | undefined; PartNumber: number }[] = [];
  let upload: string | undefined;
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let isOver = false;

  async function sendPart(): Promise<void> {
    upload ??= (await ask('begin', () => client.send(new sdk.CreateMultipartUploadCommand(at)))).UploadId;
    const Body = Buffer.concat(waiting);
    waiting = [];
    waitingBytes = 0;
    const part = { ...at, UploadId: upload, PartNumber: done.length + 1 };
    const { ETag } = await ask('part', () => client.send(new sdk.UploadPartCommand({ ...part, Body })));
    done.push({ ETag, PartNumber: part.PartNumber });
  }

  return {
    async write(bytes) {
      // The caller may use its buffer again.
      waiting.push(Buffer.from(bytes));
      waitingBytes += bytes.length;
      if (waitingBytes >= firstPartBytes * 2 ** Math.floor(done.length / partsOfOneSize)) await sendPart();
    },
    async commit() {
      if (upload === undefined) {
        await ask('put', () => client.send(new sdk.PutObjectCommand({ ...at, Body: Buffer.concat(waiting) })));
      } else {
        if (waitingBytes > 0) await sendPart();
        const all = { ...at, UploadId: upload, MultipartUpload: { Parts: done } };
        await ask('complete', () => client.send(new sdk.CompleteMultipartUploadCommand(all)));
      }
      isOver = true;
    },
    async abort() {
      waiting = [];
      if (upload === undefined || isOver) return;
      const UploadId = upload;
      await ask('abort', () => client.send(new sdk.AbortMultipartUploadCommand({ ...at, UploadId }))).catch(
        // The hourly sweep finds it.
        () => undefined,
      );
    },
  };
}
