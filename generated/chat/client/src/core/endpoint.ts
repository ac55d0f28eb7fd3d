/** The endpoint of a consumer, found by its stream: generated classes call its methods. */

import { Inbox, type Stop } from './listeners.js';
import type { CursorPage, Page } from './pages.js';
import type { Arguments } from './protocol.js';
import type { Call, RequestOptions } from './requests.js';
import type { Json } from './scalars.js';
import type { Session } from './session.js';
import { Subscription } from './subscription.js';

/** The actions of an observer or a signal, and their arguments. */
export interface SubscribeTo {
  readonly subscribe: string;
  readonly unsubscribe: string;
  /** The actions of its events. Without them, every event with the subscription's id belongs to it. */
  readonly events?: readonly string[];
  /** The arguments of both actions. */
  readonly args: Arguments;
  /** The arguments of the subscribing action only. */
  readonly filter?: Arguments | undefined;
  /** False if a success is not answered. */
  readonly reply?: boolean;
}

/** Returns the arguments of the next page after `page`; undefined after the last one. */
type Walk<P> = (page: P | undefined) => Arguments | undefined;

export class Endpoint {
  constructor(
    private readonly session: Session,
    /** The name of the consumer in the multiplexer. */
    readonly stream: string,
    /** Closes the connection, if it belongs to this consumer alone. */
    readonly disconnect: () => void = () => {},
  ) {}

  /** Calls an action that changes something: the request is sent once. */
  async call<T>(action: string, args: Arguments, options?: RequestOptions): Promise<T> {
    return (await this.session.request(this.#call(action, args, false), options)) as T;
  }

  /** Calls an action that changes nothing: if the connection is lost before the answer, the request is sent again. */
  async read<T>(action: string, args: Arguments, options?: RequestOptions): Promise<T> {
    return (await this.session.request(this.#call(action, args, true), options)) as T;
  }

  /** Calls an action that does not answer. The client's `onError` receives a refusal. */
  tell(action: string, args: Arguments, options?: RequestOptions): Promise<void> {
    return this.session.tell(this.#call(action, args, false), options);
  }

  /** Returns the pages of a list, by `limit` and `offset`. */
  pages<Row>(args: Arguments, options?: RequestOptions): AsyncIterableIterator<Page<Row>> {
    return this.#walk<Page<Row>>(args, options, (page) => {
      if (page === undefined) return {};
      const offset = page.offset + page.results.length;
      return page.results.length === 0 || offset >= page.count ? undefined : { offset };
    });
  }

  /** Returns the pages of a list, by cursors. */
  cursorPages<Row>(args: Arguments, options?: RequestOptions): AsyncIterableIterator<CursorPage<Row>> {
    return this.#walk<CursorPage<Row>>(args, options, (page) => {
      if (page === undefined) return {};
      return page.next === null ? undefined : { cursor: page.next };
    });
  }

  /** Returns the pages of a streamed list: one request is answered with one frame for each page. */
  streamedPages<Row>(args: Arguments, options: RequestOptions = {}): AsyncIterableIterator<Page<Row>> {
    const stop = new AbortController();
    const { signal, timeout } = options;
    const abort = (): void => stop.abort(signal?.reason);
    signal?.addEventListener('abort', abort);
    const nothingIsLost = (): never => {
      throw new Error('unreachable: there is no limit');
    };
    const inbox = new Inbox<Page<Row>>(Infinity, nothingIsLost, () => stop.abort());
    this.session
      .requestMany(this.#call('list', args, false), { signal: stop.signal, timeout }, (data) => {
        const page = data as unknown as Page<Row>;
        inbox.push(page);
        return page.results.length === 0 || page.offset + page.limit >= page.count;
      })
      .then(
        () => inbox.end(),
        (error: unknown) => inbox.end(error),
      )
      .finally(() => signal?.removeEventListener('abort', abort));
    return inbox;
  }

  /** Subscribes to an observer or a signal. */
  subscribe<Event extends { readonly action: string }>(
    to: SubscribeTo,
    callback: ((event: Event) => void) | undefined,
    request: RequestOptions = {},
  ): Subscription<Event> {
    return new Subscription<Event>(this.session, {
      call: this.#call(to.subscribe, { ...to.args, ...to.filter }, false),
      unsubscribe: to.unsubscribe,
      endArgs: to.args,
      answered: to.reply ?? true,
      actions: to.events,
      callback,
      request,
    });
  }

  /** Calls the listener with the messages of this name that the application sends. */
  onEvent<Data>(name: string, listener: (data: Data) => void): Stop {
    return this.session.unasked.add(({ stream, action, data }) => {
      if (stream === this.stream && action === name) listener(data as unknown as Data);
    });
  }

  /** Calls the listener with frames that have the application's own format. */
  onFrame(listener: (frame: Json) => void): Stop {
    return this.session.unasked.add(({ stream, action, data }) => {
      if (stream === this.stream && action === undefined) listener(data);
    });
  }

  async *#walk<P>(args: Arguments, options: RequestOptions | undefined, next: Walk<P>): AsyncGenerator<P, void, void> {
    let page: P | undefined;
    for (let more = next(undefined); more !== undefined; more = next(page)) {
      page = await this.read<P>('list', { ...args, ...more }, options);
      yield page;
    }
  }

  #call(action: string, args: Arguments, repeatable: boolean): Call {
    return { stream: this.stream, action, args, repeatable };
  }
}

/** Returns the rows of all pages. */
export async function gather<Row>(pages: AsyncIterable<{ readonly results: readonly Row[] }>): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const page of pages) rows.push(...page.results);
  return rows;
}
