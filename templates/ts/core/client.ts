/** The client of a server: it owns the connections, and the options that all consumers share. */

import { fill } from './address.js';
import type { Connection, Status } from './connection.js';
import { Endpoint } from './endpoint.js';
import { DcrfError } from './errors.js';
import { Listeners, type Stop } from './listeners.js';
import type { Link } from './links.js';
import type { ClientOptions } from './options.js';
import type { RequestOptions } from './requests.js';
import { Session } from './session.js';
import type { Close } from './socket.js';

export class Client {
  readonly #options: ClientOptions;
  readonly #sessions = new Set<Session>();
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #statuses = new Listeners<Status>();
  readonly #errors = new Listeners<unknown>();
  #status: Status = 'idle';

  /**
   * @param paths the streams of the server, each with its own path.
   * @param path the path of the shared socket; null if the server has none.
   */
  constructor(options: ClientOptions, paths: Readonly<Record<string, string>>, path: string | null = '/ws/') {
    this.#options = options;
    const { parameters = {}, sockets = 'shared' } = options;
    const shared = options.path ?? path;
    const streams = Object.entries(paths);
    const common = sockets === 'shared' && shared !== null
      ? this.openSession(fill(shared, parameters), streams[0]?.[0] ?? '', true)
      : undefined;
    for (const [stream, own] of streams) {
      const session = common ?? this.openSession(fill(own, parameters), stream);
      this.#endpoints.set(stream, new Endpoint(session, stream));
    }
  }

  /** Returns a connection to a path, which is opened when it is used. */
  protected openSession(path: string, stream: string, multiplexed?: boolean): Session {
    const session = new Session(this.#options, path, stream, multiplexed);
    this.#sessions.add(session);
    session.errors.add((error) => {
      if (this.#errors.size > 0) this.#errors.tell(error);
      else (this.#options.logger ?? console).error?.(error);
    });
    session.connection.onStatus(() => this.#changed());
    return session;
  }

  /** Closes a connection for good, and forgets it. */
  protected closeSession(session: Session): void {
    session.close();
    this.#sessions.delete(session);
    this.#changed();
  }

  #changed(): void {
    const { status } = this;
    if (status === this.#status) return;
    this.#status = status;
    this.#statuses.tell(status);
  }

  /** The status of the connection. If there are several, it is the worst status among those in use. */
  get status(): Status {
    const statuses = this.#each('status');
    const order: readonly Status[] = ['refused', 'waiting', 'connecting', 'open', 'closed'];
    return order.find((status) => statuses.includes(status)) ?? 'idle';
  }

  /** The close code and reason with which the connection ended the last time. */
  get lastClose(): Close | undefined {
    return this.#each('lastClose').find(Boolean);
  }

  /** The reason why there is no connection, if it is known: a browser does not report why a handshake failed. */
  get lastError(): unknown {
    return this.#each('lastError').find(Boolean);
  }

  #each<Name extends 'status' | 'lastClose' | 'lastError'>(name: Name): Connection[Name][] {
    return [...this.#sessions].map(({ connection }) => connection[name]);
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
