/** Threads that seal and open packs, so that neither compressing nor encrypting holds up those who read and write. */
import { Worker } from 'node:worker_threads';
import { SecretKey } from '../crypto/key.ts';
import type { SealedPack } from './pack-work.ts';

export interface Order {
  readonly kind: 'seal' | 'open';
  readonly place: string;
  readonly bytes: Uint8Array;
  readonly plainBytes: number;
}

export type Answer = { readonly bytes: Uint8Array; readonly digest: string } | { readonly error: Error };

export interface Packer {
  /** How many packs are worked on at once; more wait. */
  readonly threads: number;
  seal(place: string, content: Uint8Array): Promise<SealedPack>;
  /** @throws OpenError, RangeError when it is not what was written. */
  open(place: string, sealed: Uint8Array, plainBytes: number): Promise<Buffer>;
  close(): Promise<void>;
}

interface Waiting {
  readonly order: Order;
  resolve(answer: { readonly bytes: Uint8Array; readonly digest: string }): void;
  reject(error: Error): void;
}

interface Thread {
  readonly worker: Worker;
  doing: Waiting | undefined;
}

export function createPacker(key: SecretKey, threads: number): Packer {
  const waiting: Waiting[] = [];
  const all: Thread[] = [];
  let closed = false;

  function next(thread: Thread): void {
    thread.doing = waiting.shift();
    if (thread.doing === undefined) {
      // Nothing to do keeps no process alive.
      thread.worker.unref();
      return;
    }
    thread.worker.ref();
    thread.worker.postMessage(thread.doing.order);
  }

  function began(): Thread {
    const worker = new Worker(new URL('./pack-worker.ts', import.meta.url), {
      workerData: Uint8Array.from(SecretKey.bytesOf(key)),
    });
    const thread: Thread = { worker, doing: undefined };
    worker.on('message', (answer: Answer) => {
      if ('error' in answer) thread.doing?.reject(answer.error);
      else thread.doing?.resolve(answer);
      next(thread);
    });
    worker.on('error', (error: Error) => {
      thread.doing?.reject(error);
      all.splice(all.indexOf(thread), 1);
    });
    all.push(thread);
    return thread;
  }

  function work(order: Order): Promise<{ readonly bytes: Uint8Array; readonly digest: string }> {
    if (closed) return Promise.reject(new Error('the threads were ended'));
    return new Promise((resolve, reject) => {
      waiting.push({ order, resolve, reject });
      const idle = all.find(({ doing }) => doing === undefined);
      if (idle !== undefined) next(idle);
      else if (all.length < threads) next(began());
    });
  }

  const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    threads,
    async seal(place, content) {
      const { bytes, digest } = await work({ kind: 'seal', place, bytes: content, plainBytes: 0 });
      return { sealed: asBuffer(bytes), digest };
    },
    async open(place, sealed, plainBytes) {
      return asBuffer((await work({ kind: 'open', place, bytes: sealed, plainBytes })).bytes);
    },
    async close() {
      closed = true;
      for (const { reject } of waiting.splice(0)) reject(new Error('the threads were ended'));
      const ending = all.splice(0);
      for (const { doing } of ending) doing?.reject(new Error('the threads were ended'));
      await Promise.all(ending.map(({ worker }) => worker.terminate()));
    },
  };
}
