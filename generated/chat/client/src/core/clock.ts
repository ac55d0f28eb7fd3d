/** Timers, and how long to wait between tries. */

/** The waits between tries, which grow with every try. */
export interface Backoff {
  /** The longest first wait, in milliseconds. */
  readonly min: number;
  /** The longest wait, in milliseconds. */
  readonly max: number;
  /** The factor by which the wait grows with every try. */
  readonly factor: number;
  /** The share of a wait that is random, from 0 to 1, so that clients do not all connect again at the same moment. */
  readonly jitter: number;
}

const BACKOFF: Backoff = { min: 500, max: 30_000, factor: 2, jitter: 0.5 };

/** Returns how long to wait before a try, in milliseconds. The first try has the number 0. */
export function wait(backoff: Backoff, tries: number): number {
  const longest = Math.min(backoff.max, backoff.min * backoff.factor ** tries);
  return longest * (1 - backoff.jitter * Math.random());
}

/** A timer that can be set again and cleared. */
export class Timer {
  #timer: ReturnType<typeof setTimeout> | undefined;

  set(milliseconds: number, then: () => void): void {
    this.clear();
    // A timer cannot wait 2^31 milliseconds or longer, so a longer wait (`Infinity`, too) never ends.
    if (milliseconds < 2 ** 31) this.#timer = setTimeout(then, milliseconds);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}

/** Tries something again, after longer and longer waits, until `accepted` is called. */
export class Retry extends Timer {
  #tries = 0;
  readonly #backoff: Backoff;

  constructor(backoff?: Partial<Backoff>) {
    super();
    this.#backoff = { ...BACKOFF, ...backoff };
  }

  /**
   * Schedules another try after `after` milliseconds, or by default after a longer wait than the one before. After
   * `clear` the next wait is longer nevertheless.
   */
  again(then: () => void, after = wait(this.#backoff, this.#tries)): void {
    this.#tries += 1;
    this.set(after, then);
  }

  /** Makes the next wait the shortest one, because the server has accepted something. */
  accepted(): void {
    this.#tries = 0;
  }
}
