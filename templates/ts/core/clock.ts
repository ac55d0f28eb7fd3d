/** Times of waiting. */

/** How long to wait before the next try to connect. */
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
