/** Times of waiting. */

/** How long to wait before the next try. */
export interface Backoff {
  /** The longest first wait, in milliseconds. */
  readonly min: number;
  /** The longest wait, in milliseconds. */
  readonly max: number;
  /** By how much the wait grows. */
  readonly factor: number;
  /** How much of a wait is left to chance, from 0 to 1, so that not all clients come back at once. */
  readonly jitter: number;
}

export const BACKOFF: Backoff = { min: 500, max: 30_000, factor: 2, jitter: 0.5 };

/** The wait before the try of this number (from 0), in milliseconds. */
export function wait(backoff: Backoff, tries: number): number {
  const longest = Math.min(backoff.max, backoff.min * backoff.factor ** tries);
  return longest * (1 - backoff.jitter * Math.random());
}

/** A timer that is set anew or cleared. */
export class Timer {
  #timer: ReturnType<typeof setTimeout> | undefined;

  set(milliseconds: number, then: () => void): void {
    this.clear();
    // What is longer than a timer can wait, for ever included, is not waited for.
    if (milliseconds < 2 ** 31) this.#timer = setTimeout(then, milliseconds);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** Tries something again, each time later, until it is told that something was accepted. */
export class Retry {
  #tries = 0;
  readonly #timer = new Timer();

  constructor(private readonly backoff: Backoff) {}

  /** One try more, after a wait: of the length that is given, or longer than the one before. */
  again(then: () => void, after = wait(this.backoff, this.#tries)): void {
    this.#tries += 1;
    this.#timer.set(after, then);
  }

  /** Gives up the try that is to come. The next wait is longer all the same. */
  stop(): void {
    this.#timer.clear();
  }

  /** Something was accepted: the next wait is the shortest. */
  accepted(): void {
    this.#tries = 0;
  }
}
