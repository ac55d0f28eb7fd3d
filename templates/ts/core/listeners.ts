/** Listeners: callbacks, and iterators that wait for values. */

/** Removes the listener that it was returned for. */
export type Stop = () => void;

/** Calls the listener when a signal is aborted, or at once if it is aborted already. */
export function onAbort(signal: AbortSignal | undefined, then: () => void): Stop {
  if (signal?.aborted === true) then();
  else signal?.addEventListener('abort', then);
  return () => signal?.removeEventListener('abort', then);
}

/** A promise that its owner settles. A rejection that nobody handles is not reported as uncaught. */
export class Deferred {
  resolve!: () => void;
  reject!: (error: unknown) => void;
  readonly promise = new Promise<void>((resolve, reject) => Object.assign(this, { resolve, reject }));

  constructor() {
    this.promise.catch(() => undefined);
  }
}

/** A set of callbacks. If one throws, the others are called nevertheless, and its error is reported as uncaught. */
export class Listeners<T> {
  readonly #callbacks = new Set<(value: T) => void>();

  add(callback: (value: T) => void): Stop {
    // The same function may be added twice.
    const own = (value: T): void => callback(value);
    this.#callbacks.add(own);
    return () => void this.#callbacks.delete(own);
  }

  tell(value: T): void {
    for (const callback of [...this.#callbacks]) {
      try {
        callback(value);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  get size(): number {
    return this.#callbacks.size;
  }
}

/**
 * The values that wait for an iterator. Their number is bounded: `overflow` makes one value from the count of those
 * that were left out.
 */
export class Inbox<T> implements AsyncIterableIterator<T> {
  readonly #values: T[] = [];
  #lost = 0;
  #end: { readonly error?: unknown } | undefined;
  /** Continues those who wait for a value or the end. */
  #wake: (() => void)[] = [];

  constructor(
    private readonly limit: number,
    private readonly overflow: (count: number) => T,
    private readonly ended: () => void,
  ) {}

  /** Adds a value. Beyond the limit the newest values are left out, and counted in their place. */
  push(value: T): void {
    if (this.#end !== undefined) return;
    if (this.#values.length >= this.limit) {
      this.#lost += 1;
    } else {
      if (this.#lost > 0) this.#values.push(this.#left());
      this.#values.push(value);
    }
    this.#wake.shift()?.();
  }

  /** Ends the iterator. An error is thrown after the values that wait have been read. */
  end(error?: unknown): void {
    this.#end ??= error === undefined ? {} : { error };
    for (const wake of this.#wake.splice(0)) wake();
  }

  async next(): Promise<IteratorResult<T>> {
    for (;;) {
      if (this.#values.length > 0) return { done: false, value: this.#values.shift() as T };
      if (this.#lost > 0) return { done: false, value: this.#left() };
      if (this.#end !== undefined) {
        const { error } = this.#end;
        this.#end = {};
        if (error !== undefined) throw error;
        return { done: true, value: undefined };
      }
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  /** Ends the iterator; a `break` out of the loop calls this. */
  async return(): Promise<IteratorResult<T>> {
    this.#values.length = this.#lost = 0;
    this.end();
    this.ended();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #left(): T {
    const value = this.overflow(this.#lost);
    this.#lost = 0;
    return value;
  }
}
