/** The thread of `packer.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { SecretKey } from '../crypto/key.ts';
import { openHere, sealHere } from './pack-work.ts';
import type { Answer, Order } from './packer.ts';

const key = SecretKey.from(workerData as Uint8Array);
(workerData as Uint8Array).fill(0);

parentPort?.on('message', (order: Order) => {
  const answer = answerTo(order);
  const moved =
    'bytes' in answer && answer.bytes.buffer.byteLength === answer.bytes.length ? [answer.bytes.buffer] : [];
  parentPort?.postMessage(answer, moved as ArrayBuffer[]);
});

function answerTo({ kind, place, bytes, plainBytes }: Order): Answer {
  try {
    if (kind === 'open')
      return {
        bytes: openHere(key, place, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), plainBytes),
        digest: '',
      };
    const { sealed, digest } = sealHere(key, place, bytes);
    return { bytes: sealed, digest };
  } catch (error) {
    return { error: error as Error };
  }
}
