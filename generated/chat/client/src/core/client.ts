/** A client of a server: its connections, and what all its consumers share. */

import { BACKOFF, type Backoff } from './clock.js';
import type { Close, Socket, SocketConstructor, Status } from './connection.js';
import { Endpoint } from './endpoint.js';
import { CannotConnect, DcrfError } from './errors.js';
import { Listeners, type Stop } from './listeners.js';
import type { Link } from './links.js';
import type { RequestOptions } from './requests.js';
import { Session } from './session.js';

/** How to reach a server. */
export interface ClientOptions {
  /**
   * Where the server is: `wss://chat.example`. A path is put before those of the definition; `http` means `ws`. A
   * function is called at every connect. Default: where the page came from.
   */
  readonly url?: string | URL | (() => string | URL | Promise<string | URL>);
  /**
   * `shared` (the default): one socket for all streams, at `path`. `separate`: one for each consumer, at its own path,
   * opened when it is first used.
   */
  readonly sockets?: 'shared' | 'separate';
  /** The path of the shared socket. Default: `/ws/`. */
  readonly path?: string;
  /** The class of sockets. Default: the global `WebSocket`; Node 20 has none: pass that of the package `ws`. */
  readonly WebSocket?: SocketConstructor;
  /** Subprotocols to offer. */
  readonly protocols?: readonly string[];
  /** Gives the token, at every connect. Nothing: no token is sent. If it fails, it is called again later. */
  readonly token?: () => string | null | undefined | Promise<string | null | undefined>;
  /** Where the token goes: into the URL (`?token=`, the default), or into the first frame. */
  readonly tokenIn?: 'query' | 'frame';
  /** Milliseconds that a request may take, the wait for a connection included. Default: 30,000. */
  readonly timeout?: number;
  /** Milliseconds for all that comes before the connection is open: URL, token, handshake. Default: 10,000. */
  readonly connectTimeout?: number;
  /** How long to wait before connecting again. Default: at most 0.5 s, doubled up to 30 s; half of it is chance. */
  readonly backoff?: Partial<Backoff>;
  /**
   * After `idle` milliseconds of silence the server is asked for a sign of life, for which it has `timeout`. Default:
   * 30,000 and 10,000; `false`: it is never asked.
   */
  readonly heartbeat?: { readonly idle?: number; readonly timeout?: number } | false;
  /** How many requests may wait for a connection. Default: 256. */
  readonly queue?: number;
}

export class Client {
  readonly #sessions: readonly Session[];
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #statuses = new Listeners<Status>();
  readonly #errors = new Listeners<unknown>();

  /** @param paths the streams of the server, each with its own path. */
  constructor(options: ClientOptions, paths: Readonly<Record<string, string>>) {
    const streams = Object.keys(paths);
    const shared = (options.sockets ?? 'shared') === 'shared';
    const sessions: Session[] = [];
    if (shared) {
      const session = open(options, options.path ?? '/ws/', streams[0] ?? '', true);
      sessions.push(session);
      for (const stream of streams) this.#endpoints.set(stream, new Endpoint(session, stream));
    } else {
      for (const [stream, path] of Object.entries(paths)) {
        const session = open(options, path, stream, false);
        sessions.push(session);
        this.#endpoints.set(stream, new Endpoint(session, stream));
      }
    }
    this.#sessions = sessions;
    let status = this.status;
    for (const session of sessions) {
      session.errors.add((error) => this.#errors.tell(error));
      session.connection.onStatus(() => {
        if (status === this.status) return;
        status = this.status;
        this.#statuses.tell(status);
      });
    }
  }

  /** The status of the connection; of several, that of the one which is worst off among those in use. */
  get status(): Status {
    const statuses = this.#sessions.map((session) => session.connection.status);
    const order: readonly Status[] = ['refused', 'waiting', 'connecting', 'open', 'closed'];
    return order.find((status) => statuses.includes(status)) ?? 'idle';
  }

  /** How the connection ended the last time. */
  get lastClose(): Close | undefined {
    return this.#sessions.find((session) => session.connection.lastClose)?.connection.lastClose;
  }

  /** Why there is no connection, as far as that is known: a browser does not say why a handshake failed. */
  get lastError(): unknown {
    return this.#sessions.find((session) => session.connection.lastError)?.connection.lastError;
  }

  /** Calls back whenever the status changes. */
  onStatus(listener: (status: Status) => void): Stop {
    return this.#statuses.add(listener);
  }

  /**
   * Calls back with what failed and had nobody else to be told to: a refused token or connection, a `token` that
   * throws, a refusal of what is not answered, a bad frame.
   */
  onError(listener: (error: unknown) => void): Stop {
    return this.#errors.add(listener);
  }

  /** Connects now; else the first request does. A wait is over then, and a refusal is put to the test again. */
  connect(): void {
    for (const session of this.#sessions) session.connection.open();
  }

  /** Connects anew, as somebody else perhaps: URL and token are asked for again. Subscriptions come along. */
  reconnect(): void {
    for (const session of this.#sessions) session.connection.reopen();
  }

  /** Ends all connections for good. What waits fails with `Closed`. */
  close(code?: number, reason?: string): void {
    for (const session of this.#sessions) session.close(code, reason);
  }

  /** Follows a link: sends its frame, and gives the answer. */
  async follow<T>(link: Link<T>, options?: RequestOptions): Promise<T> {
    const { action, ...args } = link.payload;
    return this.endpoint(link.stream).call<T>(action, args, options);
  }

  /** A consumer by its stream, to call what this client was not generated for. */
  endpoint(stream: string): Endpoint {
    const endpoint = this.#endpoints.get(stream);
    if (endpoint === undefined) throw new DcrfError(`there is no stream ${JSON.stringify(stream)}`);
    return endpoint;
  }
}

function open(options: ClientOptions, path: string, stream: string, multiplexed: boolean): Session {
  const { heartbeat = {} } = options;
  const { token } = options;
  return new Session({
    connection: {
      url: () => address(options.url, path),
      WebSocket: options.WebSocket ?? builtIn(),
      protocols: [...(options.protocols ?? [])],
      token: token === undefined ? undefined : async () => (await token()) ?? undefined,
      tokenIn: options.tokenIn ?? 'query',
      connectTimeout: options.connectTimeout ?? 10_000,
      backoff: { ...BACKOFF, ...options.backoff },
      heartbeat: heartbeat === false ? undefined : { idle: 30_000, timeout: 10_000, ...heartbeat },
    },
    multiplexed,
    stream,
    timeout: options.timeout ?? 30_000,
    queue: options.queue ?? 256,
  });
}

/** The class of the platform; without one, a class whose sockets say what to do. */
function builtIn(): SocketConstructor {
  const { WebSocket } = globalThis as { WebSocket?: SocketConstructor };
  return WebSocket ?? Missing;
}

class Missing implements Socket {
  onopen: unknown;
  onmessage: unknown;
  onclose: unknown;
  onerror: unknown;

  constructor() {
    throw new CannotConnect('there is no global WebSocket: pass one, such as that of the package `ws`');
  }

  send(): void {}

  close(): void {}
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
