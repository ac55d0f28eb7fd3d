/** A clock of the test's own: timers fire when the test says so, in order, and all chance comes from a seed. */

import type { Random } from '../unit/random.ts';

interface Timer {
  readonly at: number;
  readonly number: number;
  readonly then: () => void;
}

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setImmediate: globalThis.setImmediate,
  random: Math.random,
};

/** Lets everything happen that waits for nothing but its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => void real.setImmediate(resolve));
}

/** What a page has, beside timers: listeners for `online` and `visibilitychange`. */
export class Page {
  visibilityState = 'visible';
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly addEventListener = (type: string, listener: () => void): void => {
    this.#listeners.set(type, (this.#listeners.get(type) ?? new Set()).add(listener));
  };
  readonly removeEventListener = (type: string, listener: () => void): void => {
    this.#listeners.get(type)?.delete(listener);
  };

  tell(type: string): void {
    for (const listener of this.#listeners.get(type) ?? []) listener();
  }

  get listeners(): number {
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }
}

export class Clock {
  now = 0;
  readonly page = new Page();
  #numbers = 0;
  /** The timers, the next one last. */
  #timers: Timer[] = [];

  /** Takes the place of the clock, the chance and the page that the core sees. */
  install(random: Random): void {
    const { page } = this;
    Object.assign(globalThis, {
      setTimeout: (then: () => void, milliseconds = 0) => this.set(milliseconds, then),
      clearTimeout: (number: number | undefined) => this.clear(number),
      document: page,
      addEventListener: page.addEventListener,
      removeEventListener: page.removeEventListener,
    });
    Math.random = () => random.next();
  }

  static restore(): void {
    const { random, ...timers } = real;
    Object.assign(globalThis, timers);
    Math.random = random;
    for (const name of ['document', 'addEventListener', 'removeEventListener']) Reflect.deleteProperty(globalThis, name);
  }

  set(milliseconds: number, then: () => void): number {
    const timer = { at: this.now + Math.max(0, milliseconds), number: (this.#numbers += 1), then };
    let place = this.#timers.length;
    while (place > 0 && (this.#timers[place - 1] as Timer).at <= timer.at) place -= 1;
    this.#timers.splice(place, 0, timer);
    return timer.number;
  }

  clear(number: number | undefined): void {
    if (number === undefined) return;
    const at = this.#timers.findIndex((timer) => timer.number === number);
    if (at >= 0) this.#timers.splice(at, 1);
  }

  get size(): number {
    return this.#timers.length;
  }

  /** Lets time pass. */
  async pass(milliseconds: number): Promise<void> {
    const until = this.now + milliseconds;
    await turn();
    for (let next = this.#timers.at(-1); next !== undefined && next.at <= until; next = this.#timers.at(-1)) {
      this.now = Math.max(this.now, next.at);
      this.#timers.pop();
      next.then();
      await turn();
    }
    this.now = Math.max(this.now, until);
  }

  /** Lets time pass while nothing runs, as in a machine that sleeps: all timers that are due fire afterwards. */
  async sleep(milliseconds: number): Promise<void> {
    this.now += milliseconds;
    await this.pass(0);
  }
}
