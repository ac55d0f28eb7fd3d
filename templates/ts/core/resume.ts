/**
 * Resumption: a subscription to an observer with a log (`"delivery": "latest"`) is told after a gap what became of each
 * row meanwhile, in the place of rows that have to be read again. Servers without a log answer as before.
 */

import type { Arguments, Envelope, Mark } from './protocol.js';
import { isObject } from './scalars.js';
import type { Session } from './session.js';

/** The place of a subscription in the log. */
export interface Cursor {
  /** Returns what the subscribing call has beside its own arguments. */
  begin(): Promise<Arguments>;
  /** Takes the answer to the call. `then` is called when everything that was missed was told, or will never be. */
  answered(envelope: Envelope, then: (resumed: boolean) => void): void;
  /** Takes an event. Returns false if it is one that was told before. */
  told(envelope: Envelope): boolean;
  /** The subscription is not on this connection any more. */
  lost(): void;
}

/** The version of the protocol that this client speaks. */
const HELLO = { action: '$hello', args: { data: { protocol: 1 } } };

/** The milliseconds after which a server that does not answer counts as one without a log. */
const PATIENCE = 10_000;

/** What one connection knows of the log of its server. */
class Log {
  readonly cursors = new Set<Place>();
  readonly #hellos = new Map<string, Promise<boolean>>();

  constructor(private readonly session: Session) {
    session.connection.onStatus((status) => {
      if (status !== 'open') this.#hellos.clear();
    });
    session.unasked.add(({ action, data }) => {
      if (action !== undefined || !isObject(data) || data['action'] !== '$position') return;
      const { pos } = (data['$dcrf'] ?? {}) as Mark;
      for (const cursor of this.cursors) cursor.reached(pos);
    });
  }

  /** Tells whether the server has a log: it is asked once a connection and stream. */
  hello(stream: string): Promise<boolean> {
    const { requests } = this.session;
    const known = this.#hellos.get(stream);
    const hello = known ?? requests.exchange({ stream, ...HELLO }, { timeout: PATIENCE }).then(() => true, () => false);
    this.#hellos.set(stream, hello);
    return hello;
  }
}

const logs = new WeakMap<Session, Log>();

class Place implements Cursor {
  /** The position up to which everything was told. Positions are ordered as texts. */
  #pos: string | undefined;
  /** The position that ends what is being told of the time before. */
  #end: { readonly head: string; readonly then: (resumed: boolean) => void } | undefined;

  constructor(
    private readonly log: Log,
    private readonly stream: string,
  ) {}

  async begin(): Promise<Arguments> {
    return (await this.log.hello(this.stream)) ? { $dcrf: { since: this.#pos ?? null } } : {};
  }

  answered({ data, $dcrf }: Envelope, then: (resumed: boolean) => void): void {
    this.log.cursors.add(this);
    const { resumed, head } = isObject(data) ? data : {};
    if (resumed !== true) {
      this.#pos = $dcrf?.pos;
      return then(false);
    }
    this.#end = { head: String(head), then };
    this.#ended(this.#pos);
  }

  told({ $dcrf: { pos } = {} }: Envelope): boolean {
    if (pos === undefined || this.#pos === undefined) return true;
    if (pos < this.#pos) return false;
    this.#pos = pos;
    return true;
  }

  /** All subscriptions of the connection have been told everything up to a position. */
  reached(pos: string | undefined): void {
    if (pos !== undefined && this.#pos !== undefined && pos > this.#pos) this.#pos = pos;
    this.#ended(pos);
  }

  #ended(pos = ''): void {
    if (this.#end === undefined || pos < this.#end.head) return;
    const { then } = this.#end;
    this.#end = undefined;
    then(true);
  }

  lost(): void {
    this.#end = undefined;
    this.log.cursors.delete(this);
  }
}

/** Returns the cursor of a new subscription. */
export function resume(session: Session, stream: string): Cursor {
  let log = logs.get(session);
  if (log === undefined) logs.set(session, (log = new Log(session)));
  return new Place(log, stream);
}
