/** The client of a server: it owns the connections, and the options that all consumers share. */

import { BACKOFF, type Backoff } from './clock.js';
import type { Close, SocketConstructor, Status } from './connection.js';
import { Endpoint } from './endpoint.js';
import { CannotConnect, DcrfError } from './errors.js';
import { Listeners, type Stop } from './listeners.js';
import type { Link } from './links.js';
import type { Codec } from './protocol.js';
import type { RequestOptions } from './requests.js';
import { Session } from './session.js';

/** The options of a client: how it reaches the server and how long it waits. */
export interface ClientOptions {
  /**
   * The URL of the server, such as `wss://chat.example`. Its path is put before the paths of the definition; `http` is
   * read as `ws`. A function is called at every connect. The default is the origin of the page.
   */
  readonly url?: string | URL | (() => string | URL | Promise<string | URL>);
  /**
   * With `shared` (the default), one socket at `path` serves all streams. With `separate`, each consumer has its own
   * socket at its own path, which is opened when the consumer is first used.
   */
  readonly sockets?: 'shared' | 'separate';
  /** The path of the shared socket. The default is that of the definition (`multiplexer`), or `/ws/`. */
  readonly path?: string;
  /** The values of parameters in the paths of the client's sockets, such as `tenant` of `/ws/{tenant}/`. */
  readonly parameters?: object;
  /**
   * The class that makes sockets. The default is the global `WebSocket`; Node 20 does not have it and needs that of the
   * package `ws`.
   */
  readonly WebSocket?: SocketConstructor;
  /** The subprotocols that the client offers. The default is those of the definition. */
  readonly protocols?: readonly string[];
  /**
   * Returns the token; it is called at every connect. Without a token, none is sent. If it fails, it is called again at
   * the next try.
   */
  readonly token?: () => string | null | undefined | Promise<string | null | undefined>;
  /**
   * The place in which the client sends the token: the URL (`?token=`, the default), the first frame, or the
   * subprotocols, in which it follows the name `access_token`.
   */
  readonly tokenIn?: 'query' | 'frame' | 'subprotocol';
  /** The milliseconds that a request may take, with the wait for a connection. The default is 30,000. */
  readonly timeout?: number;
  /**
   * The milliseconds that may pass until the connection is open: for the URL, the token and the handshake. The default
   * is 10,000.
   */
  readonly connectTimeout?: number;
  /**
   * The waits before the client connects again. The default is at most 0.5 s, doubled up to 30 s; half of it is random.
   */
  readonly backoff?: Partial<Backoff>;
  /**
   * After `idle` milliseconds without a frame, the client sends a request that the server has to answer within
   * `timeout` milliseconds. The defaults are 30,000 and 10,000; with `false` it is never sent.
   */
  readonly heartbeat?: { readonly idle?: number; readonly timeout?: number } | false;
  /** The greatest number of requests that may wait for a connection. The default is 256. */
  readonly queue?: number;
  /**
   * Tells whether the session of the user goes on, such as by a request of HTTP: it is called after a handshake that
   * failed, because a browser does not learn why. With `false` the status is `refused`; if it fails or is not there, the
   * network is away, and the client tries again.
   */
  readonly session?: () => boolean | Promise<boolean>;
  /**
   * The functions that errors are passed to for which there is no listener (`error`), and what `debug` notes (`debug`).
   * The default is `console`.
   */
  readonly logger?: Logger;
  /** Whether each frame and each change of a state are noted. Tokens are not. */
  readonly debug?: boolean;
  /** Reads and writes frames; the default is `JSON`. See `exactIntegers`. */
  readonly json?: Codec;
}

/** A logger, such as `console`. */
export interface Logger {
  error?(...details: unknown[]): void;
  debug?(...details: unknown[]): void;
}

export class Client {
  readonly #options: ClientOptions;
  readonly #sessions = new Set<Session>();
  readonly #endpoints = new Map<string, Endpoint>();
  /** The endpoints with a path of their own, by this path. */
  readonly #places = new Map<string, Endpoint>();
  readonly #statuses = new Listeners<Status>();
  readonly #errors = new Listeners<unknown>();
  #status: Status = 'idle';
  #closed = false;

  /**
   * @param paths the streams of the server, each with its own path.
   * @param path the path of the shared socket; null if the server has none.
   */
  constructor(options: ClientOptions, paths: Readonly<Record<string, string>>, path: string | null = '/ws/') {
    this.#options = options;
    const { parameters = {}, sockets = 'shared' } = options;
    const shared = options.path ?? path;
    const streams = Object.entries(paths);
    if (sockets === 'shared' && shared !== null) {
      const session = this.#open(fill(shared, parameters), streams[0]?.[0] ?? '', true);
      for (const [stream] of streams) this.#endpoints.set(stream, new Endpoint(session, stream));
    } else {
      for (const [stream, own] of streams) {
        this.#endpoints.set(stream, new Endpoint(this.#open(fill(own, parameters), stream, false), stream));
      }
    }
  }

  #open(path: string, stream: string, multiplexed: boolean): Session {
    const session = open(this.#options, path, stream, multiplexed);
    this.#sessions.add(session);
    session.errors.add((error) => {
      if (this.#errors.size > 0) this.#errors.tell(error);
      else (this.#options.logger ?? console).error?.(error);
    });
    session.connection.onStatus(() => this.#changed());
    return session;
  }

  #changed(): void {
    const { status } = this;
    if (status === this.#status) return;
    this.#status = status;
    this.#statuses.tell(status);
  }

  /**
   * Returns the consumer of a stream at a path with these parameters, which has a connection of its own. For the same
   * parameters it is the same one, until `disconnect` closes it.
   */
  protected at(stream: string, path: string, parameters: object): Endpoint {
    const own = fill(path, parameters);
    const known = this.#places.get(own);
    if (known !== undefined) return known;
    const session = this.#open(own, stream, false);
    const endpoint = new Endpoint(session, stream, () => {
      session.close();
      this.#places.delete(own);
      this.#sessions.delete(session);
      this.#changed();
    });
    if (this.#closed) session.close();
    this.#places.set(own, endpoint);
    return endpoint;
  }

  /** The status of the connection. If there are several, it is the worst status among those in use. */
  get status(): Status {
    const statuses = [...this.#sessions].map((session) => session.connection.status);
    const order: readonly Status[] = ['refused', 'waiting', 'connecting', 'open', 'closed'];
    return order.find((status) => statuses.includes(status)) ?? 'idle';
  }

  /** The close code and reason with which the connection ended the last time. */
  get lastClose(): Close | undefined {
    return [...this.#sessions].find((session) => session.connection.lastClose)?.connection.lastClose;
  }

  /** The reason why there is no connection, if it is known: a browser does not report why a handshake failed. */
  get lastError(): unknown {
    return [...this.#sessions].find((session) => session.connection.lastError)?.connection.lastError;
  }

  /** Calls the listener whenever the status changes. */
  onStatus(listener: (status: Status) => void): Stop {
    return this.#statuses.add(listener);
  }

  /**
   * Calls the listener with every error that no call returns: a refused token or connection, an error thrown by
   * `token`, a refusal of a request that is not answered, an invalid frame.
   */
  onError(listener: (error: unknown) => void): Stop {
    return this.#errors.add(listener);
  }

  /** Connects now; otherwise the first request connects. It ends a wait, and tries again after a refusal. */
  connect(): void {
    for (const session of this.#sessions) session.connection.open();
  }

  /**
   * Closes the connection and opens it again with a new URL and token: call it when the credentials have changed.
   * Subscriptions are kept, and live rows that had failed are read again. With `forget`, the credentials are those of
   * another user: requests that were not answered fail, and no live rows show what the former user has read.
   */
  reconnect({ forget = false }: { readonly forget?: boolean } = {}): void {
    for (const session of this.#sessions) session.reconnect(forget);
  }

  /** Closes all connections for good. Requests and subscriptions that are pending fail with `Closed`. */
  close(code?: number, reason?: string): void {
    this.#closed = true;
    for (const session of this.#sessions) session.close(code, reason);
  }

  /** Follows a link: sends its frame and returns the answer. */
  async follow<T>(link: Link<T>, options?: RequestOptions): Promise<T> {
    const { action, ...args } = link.payload;
    return this.endpoint(link.stream).call<T>(action, args, options);
  }

  /** Returns the consumer of a stream, to call actions that this client was not generated for. */
  endpoint(stream: string): Endpoint {
    const endpoint = this.#endpoints.get(stream);
    if (endpoint === undefined) throw new DcrfError(`there is no stream ${JSON.stringify(stream)}`);
    return endpoint;
  }
}

/** Puts values into a path with parameters. */
function fill(path: string, parameters: object): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(parameters, name) ? (parameters as Record<string, unknown>)[name] : undefined;
    // A URL has no such segments.
    const missing = value === undefined || value === null || ['', '.', '..'].includes(String(value));
    if (missing) throw new DcrfError(`the path ${path} needs a value of ${name}`);
    return encodeURIComponent(String(value));
  });
}

function open(options: ClientOptions, path: string, stream: string, multiplexed: boolean): Session {
  const { heartbeat = {} } = options;
  const { token, debug, logger = console } = options;
  return new Session({
    connection: {
      url: () => address(options.url, path),
      WebSocket: options.WebSocket ?? (globalThis as { WebSocket?: SocketConstructor }).WebSocket,
      protocols: [...(options.protocols ?? [])],
      token: token === undefined ? undefined : async () => (await token()) ?? undefined,
      tokenIn: options.tokenIn ?? 'query',
      session: options.session,
      connectTimeout: options.connectTimeout ?? 10_000,
      backoff: { ...BACKOFF, ...options.backoff },
      heartbeat: heartbeat === false ? undefined : { idle: 30_000, timeout: 10_000, ...heartbeat },
      log: debug === true ? (...details) => logger.debug?.('dcrf', ...details) : undefined,
    },
    json: options.json ?? JSON,
    multiplexed,
    stream,
    timeout: options.timeout ?? 30_000,
    queue: options.queue ?? 256,
  });
}

async function address(base: ClientOptions['url'], path: string): Promise<string> {
  if (typeof base === 'function') return join(await base(), path);
  const { location } = globalThis as { location?: { readonly origin: string } };
  const origin = base ?? location?.origin;
  if (origin === undefined) throw new CannotConnect('there is no page: say where the server is (`url`)');
  try {
    return join(origin, path);
  } catch (error) {
    throw new CannotConnect(`\`url\` is none: ${String(origin)}`, { cause: error });
  }
}

function join(base: string | URL, path: string): string {
  const url = new URL(base);
  url.protocol = url.protocol.replace('http', 'ws');
  url.pathname = url.pathname.replace(/\/+$/, '') + path;
  return url.href;
}
