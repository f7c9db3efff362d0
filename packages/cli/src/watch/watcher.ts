/** Decides from looks whether somebody has to be told: of trouble that lasts, again until it is over, and that it is over. */
import type { Text } from '../language.ts';
import type { WatchMessage, WatchRoute } from './routes.ts';

/** What a look saw. `undefined`: all is well. */
export type Trouble = WatchMessage['code'] | undefined;

export interface WatcherOptions {
  readonly url: string;
  readonly routes: readonly WatchRoute[];
  /** After so many looks in a row that were not well somebody is told. */
  readonly looksToTell: number;
  readonly repeatMs: number;
  readonly t: (text: Text) => string;
  /** A line for the log. */
  readonly say: (line: string) => void;
}

export interface Watcher {
  /** What a look at this moment saw. */
  saw(trouble: Trouble, now: Date): Promise<void>;
}

export const troubleTexts: Readonly<Record<WatchMessage['code'], Text>> = {
  unreachable: { de: 'Obhut ist nicht zu erreichen', en: 'Obhut cannot be reached' },
  not_ready: { de: 'Obhut ist nicht bereit', en: 'Obhut is not ready' },
  heartbeat_silent: { de: 'Der Herzschlag von Obhut ist verstummt', en: 'The heartbeat of Obhut has fallen silent' },
};
const well: Text = { de: 'Obhut ist wieder bereit', en: 'Obhut is ready again' };

export function createWatcher({ url, routes, looksToTell, repeatMs, t, say }: WatcherOptions): Watcher {
  let looks = 0;
  let code: WatchMessage['code'] | undefined;
  let since: Date | undefined;
  let toldAt: Date | undefined;

  async function tell(event: WatchMessage['event'], about: WatchMessage['code'], now: Date): Promise<boolean> {
    const title = t(event === 'resolved' ? well : troubleTexts[about]);
    const message = { event, code: about, url, since: (since ?? now).toISOString(), at: now.toISOString(), title };
    const sent = await Promise.all(
      routes.map(({ name, send }) =>
        send(message).then(
          () => true,
          () => {
            say(`${now.toISOString()} ${t({ de: 'kam nicht an', en: 'did not arrive' })}: ${name}`);
            return false;
          },
        ),
      ),
    );
    return sent.includes(true);
  }

  return {
    async saw(trouble, now) {
      if (trouble === undefined) {
        looks = 0;
        if (code !== undefined) {
          say(`${now.toISOString()} ${t(well)}`);
          // Where it did not arrive it is tried again at the next look.
          if (toldAt !== undefined && !(await tell('resolved', code, now))) return;
        }
        code = undefined;
        since = undefined;
        toldAt = undefined;
        return;
      }
      looks += 1;
      since ??= now;
      if (trouble !== code) say(`${now.toISOString()} ${t(troubleTexts[trouble])}`);
      code = trouble;
      if (looks < looksToTell) return;
      if (toldAt !== undefined && now.getTime() - toldAt.getTime() < repeatMs) return;
      if (await tell(toldAt === undefined ? 'opened' : 'repeated', trouble, now)) toldAt = now;
    },
  };
}
