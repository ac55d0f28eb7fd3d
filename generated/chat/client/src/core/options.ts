/** The options of a client. Those that are read when they are needed have their defaults there. */

import type { Backoff } from './clock.js';
import type { Codec } from './protocol.js';
import type { SocketConstructor } from './socket.js';

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
