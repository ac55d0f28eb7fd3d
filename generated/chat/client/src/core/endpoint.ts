/** The endpoint of a consumer, found by its stream: generated classes call its methods. */

import type { Backoff } from './clock.js';
import type { SubscribeTo } from './events.js';
import type { Stop } from './listeners.js';
import type { Sharing } from './live.js';
import type { ClientOptions } from './options.js';
import type { Arguments } from './protocol.js';
import type { Call, RequestOptions } from './requests.js';
import type { Json } from './scalars.js';
import type { Session } from './session.js';
import { Subscription } from './subscription.js';

export class Endpoint implements Sharing {
  /** The live rows that are shared, by what they show. */
  readonly views: Sharing['views'] = new Map();

  constructor(
    private readonly session: Session,
    /** The name of the consumer in the multiplexer. */
    readonly stream: string,
    /** Closes the connection, if it belongs to this consumer alone. */
    readonly disconnect: () => void = () => {},
  ) {}

  get options(): ClientOptions {
    return this.session.options;
  }

  get backoff(): Partial<Backoff> | undefined {
    return this.options.backoff;
  }

  /** Calls an action that changes something: the request is sent once. */
  call<T>(action: string, args: Arguments, options?: RequestOptions): Promise<T> {
    return this.session.requests.exchange<T>(this.#call(action, args), options);
  }

  /** Calls an action that changes nothing: if the connection is lost before the answer, the request is sent again. */
  read<T>(action: string, args: Arguments, options?: RequestOptions): Promise<T> {
    return this.session.requests.exchange<T>(this.#call(action, args, true), options);
  }

  /** Calls an action that does not answer. The client's `onError` receives a refusal. */
  tell(action: string, args: Arguments, options?: RequestOptions): Promise<void> {
    return this.session.requests.exchange<void>(this.#call(action, args), options, 'sent');
  }

  /** Lists with an answer in several frames: `each` receives their data until it returns true for the last one. */
  listMany(args: Arguments, options: RequestOptions, each: (data: Json) => boolean): Promise<void> {
    return this.session.requests.exchange<void>(this.#call('list', args), options, (data, resolve) => {
      if (each(data)) resolve();
    });
  }

  /** Subscribes to an observer or a signal. */
  subscribe<Event extends { readonly action: string }>(
    to: SubscribeTo,
    callback: ((event: Event) => void) | undefined,
    request?: RequestOptions,
  ): Subscription<Event> {
    return new Subscription<Event>(this.session, this.stream, to, callback, request);
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

  #call(action: string, args: Arguments, repeatable?: boolean): Call {
    return { stream: this.stream, action, args, repeatable };
  }
}
