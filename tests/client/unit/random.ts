/** Chance that can be repeated. */

/** The seed of a run: that of the environment, so that what was found can be found again. */
export const SEED = Number(process.env['DCRF_SEED'] ?? 20_260_131);

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** One of several. */
  of<T>(values: readonly T[]): T {
    return values[this.whole(0, values.length - 1)] as T;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A whole number of up to so many digits. */
  big(digits: number): bigint {
    let text = '0';
    for (let count = this.whole(0, digits); count > 0; count -= 1) text += String(this.whole(0, 9));
    return BigInt(text) * (this.chance(0.5) ? -1n : 1n);
  }

  list<T>(length: number, make: () => T): T[] {
    return Array.from({ length }, make);
  }
}
