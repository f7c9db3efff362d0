import type { Terminal } from './terminal.ts';

/** How far something is: a bar on a terminal, now and then a line in a log. */
export interface Progress {
  /** @param text asked for only when it is shown: this is called for each row. */
  update(share: number, text: () => string): void;
  /** Writes a line without tearing the bar. */
  line(text: string): void;
  end(): void;
}

const barWidth = 24;
const barEveryMs = 100;
const lineEveryMs = 10_000;

export function createProgress(terminal: Terminal, nowMs: () => number = () => performance.now()): Progress {
  let drawnAt = terminal.live ? Number.NEGATIVE_INFINITY : nowMs();
  let drawn = false;
  const clear = () => {
    if (drawn) terminal.say('\r\u001b[K');
    drawn = false;
  };
  return {
    update(share, text) {
      const now = nowMs();
      if (now - drawnAt < (terminal.live ? barEveryMs : lineEveryMs)) return;
      drawnAt = now;
      const percent = `${Math.floor(Math.min(1, share) * 100)} %`.padStart(5);
      if (!terminal.live) {
        terminal.say(`${percent}  ${text()}\n`);
        return;
      }
      const full = Math.round(Math.min(1, share) * barWidth);
      const bar = '█'.repeat(full) + '░'.repeat(barWidth - full);
      terminal.say(`\r\u001b[K${`${bar} ${percent}  ${text()}`.slice(0, terminal.columns - 1)}`);
      drawn = true;
    },
    line(text) {
      clear();
      terminal.say(`${text}\n`);
    },
    end: clear,
  };
}
