/** The thread of `tree-builder.ts`. */
import { parentPort } from 'node:worker_threads';
import { type Answer, type Extension, extendHere } from './tree-builder.ts';

parentPort?.on('message', (extension: Extension) => {
  parentPort?.postMessage(answerTo(extension));
});

function answerTo(extension: Extension): Answer {
  try {
    return { tree: extendHere(extension) };
  } catch (error) {
    return { error: error as Error };
  }
}
