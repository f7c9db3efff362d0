/**
 * Extends trees. Hashing thousands of leaves takes tens of milliseconds in which no request would be answered, so what is
 * more than a handful is done in a thread of its own, which starts when it is first needed.
 */
import { Worker } from 'node:worker_threads';
import { type ExtendedTree, extendTree, type Tile } from '@obhut/proof';
import { sha256 } from './sha256.ts';

/** What to add to a tree; `leaves` are its leaf hashes, one after the other. */
export interface Extension {
  readonly size: bigint;
  readonly edge: readonly Tile[];
  readonly leaves: Uint8Array;
  /** The root stored for `size`: an edge that gives another one fails before anything is built on it. */
  readonly root: Uint8Array;
}

export type Extend = (extension: Extension) => ExtendedTree | Promise<ExtendedTree>;

export interface TreeBuilder {
  /** @throws ProofError as `extendTree` does; any other error when the thread broke. */
  readonly extend: Extend;
  close(): Promise<void>;
}

const hashBytes = 32;

export const extendHere = ({ size, edge, leaves, root }: Extension): ExtendedTree =>
  extendTree({
    size,
    edge,
    leafHashes: Array.from({ length: leaves.length / hashBytes }, (_, i) =>
      leaves.subarray(i * hashBytes, (i + 1) * hashBytes),
    ),
    hash: sha256,
    root,
  });

/** So few are hashed before the thread would have answered. */
const fewBytes = 256 * hashBytes;

export type Answer = { readonly tree: ExtendedTree } | { readonly error: Error };

export function createTreeBuilder(): TreeBuilder {
  let thread: Worker | undefined;
  let last: Promise<unknown> = Promise.resolve();

  function inThread(extension: Extension): Promise<ExtendedTree> {
    return new Promise((resolve, reject) => {
      thread ??= new Worker(new URL('./tree-worker.ts', import.meta.url));
      const worker = thread;
      const answered = (answer: Answer) => {
        forget();
        if ('tree' in answer) resolve(answer.tree);
        else reject(answer.error);
      };
      const broken = (error: Error) => {
        forget();
        thread = undefined;
        reject(error);
      };
      const ended = () => broken(new Error('the thread that builds trees ended'));
      const forget = () => worker.off('message', answered).off('error', broken).off('exit', ended);
      worker.on('message', answered).on('error', broken).on('exit', ended);
      worker.postMessage(extension);
    });
  }

  return {
    extend(extension) {
      if (extension.leaves.length <= fewBytes) return extendHere(extension);
      // One after the other: an answer belongs to the question before it.
      const answer = last.then(() => inThread(extension));
      last = answer.catch(() => undefined);
      return answer;
    },
    async close() {
      await last;
      await thread?.terminate();
      thread = undefined;
    },
  };
}
