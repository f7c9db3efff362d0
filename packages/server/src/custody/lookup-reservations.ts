/**
 * Positions of lookups that writes of this process are about to take. Without them, writes of equal values in one batch
 * would all pick the same free position, and all but one would be refused and try again. Two servers still can; there the
 * unique key decides.
 */
export interface Reservation {
  /** Takes the digest for this write. @returns false when another write of this process has it. */
  take(digest: string): boolean;
  has(digest: string): boolean;
  /** Gives all of them back: the write is done, or failed. */
  release(): void;
}

export interface Reservations {
  begin(): Reservation;
  /** Resolves when one of these is given back, or after a while: two writes that wait for each other must not for ever. */
  freed(digests: readonly string[]): Promise<void>;
}

const patienceMs = 250;

export function createReservations(): Reservations {
  const holders = new Map<string, Reservation>();
  const waiting = new Map<Reservation, Set<() => void>>();

  return {
    begin() {
      const mine = new Set<string>();
      const reservation: Reservation = {
        take(digest) {
          if (holders.has(digest)) return false;
          holders.set(digest, reservation);
          mine.add(digest);
          return true;
        },
        has: (digest) => mine.has(digest),
        release() {
          for (const digest of mine) holders.delete(digest);
          mine.clear();
          for (const wake of waiting.get(reservation) ?? []) wake();
          waiting.delete(reservation);
        },
      };
      return reservation;
    },
    freed(digests) {
      const holding = new Set(digests.flatMap((digest) => holders.get(digest) ?? []));
      if (holding.size === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          for (const holder of holding) waiting.get(holder)?.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, patienceMs);
        for (const holder of holding) {
          const wakers = waiting.get(holder) ?? new Set();
          waiting.set(holder, wakers.add(wake));
        }
      });
    },
  };
}
