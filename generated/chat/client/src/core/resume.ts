/**
 * Resumption: a subscription to an observer with a log (`"delivery": "latest"`) is told after a gap what became of each
 * row meanwhile, in the place of rows that have to be read again. Servers without a log answer as before.
 */

import { Closed } from './errors.js';
import type { Envelope, Mark } from './protocol.js';
import type { Call, RequestOptions } from './requests.js';
import { isObject } from './scalars.js';
import type { Session } from './session.js';

/** The place of a subscription in the log. */
export interface Cursor {
  /** Whether the subscription is live again, and was told everything that it had missed. */
  readonly resumed: boolean;
  /** Sends the call that subscribes. It resolves when the subscription is live, and all that was missed was told. */
  ask(call: Call, options: RequestOptions): Promise<unknown>;
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
  /** The places of the subscriptions that are live. */
  readonly places = new Set<Place>();
  /** The last position that all subscriptions of the connection have reached: the answer to one of them may be handled later. */
  last: string | undefined;
  readonly #hellos = new Map<string, Promise<boolean>>();

  constructor(private readonly session: Session) {
    session.connection.onStatus((status) => {
      if (status === 'open') return;
      this.#hellos.clear();
      this.last = undefined;
    });
    session.unasked.add(({ action, data }) => {
      if (action !== undefined || !isObject(data) || data['action'] !== '$position') return;
      const { pos } = (data['$dcrf'] ?? {}) as Mark;
      this.last = pos;
      for (const place of this.places) place.reached(pos);
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
  resumed = false;
  /** The position up to which everything was told. Positions are ordered as texts. */
  #pos: string | undefined;
  /** The number of the present try to subscribe. */
  #attempt = 0;
  /** The position that ends what is told of the time before, and what happens there. */
  #end: { readonly head: string; readonly then: () => void } | undefined;

  constructor(
    private readonly log: Log,
    private readonly session: Session,
  ) {}

  async ask(call: Call, options: RequestOptions): Promise<void> {
    this.lost();
    const attempt = this.#attempt;
    const hasLog = await this.log.hello(call.stream);
    // The connection was lost meanwhile, or nobody wants to subscribe any more.
    if (attempt !== this.#attempt) throw new Closed('the subscription was not sent');
    const since = hasLog ? { $dcrf: { since: this.#pos ?? null } } : {};
    const { requests } = this.session;
    const asked = { ...call, args: { ...call.args, ...since } };
    const { data, $dcrf } = await requests.exchange<Envelope>(asked, options, (_, resolve, envelope) => resolve(envelope));
    if (attempt !== this.#attempt) throw new Closed('the subscription was lost');
    this.log.places.add(this);
    const { resumed, head } = isObject(data) ? data : {};
    if (resumed !== true) this.#pos = $dcrf?.pos;
    else await new Promise<void>((then) => this.#reach((this.#end = { head: String(head), then }), this.#pos, this.log.last));
    this.resumed = resumed === true;
  }

  told({ action, $dcrf: { pos } = {} }: Envelope): boolean {
    if (pos === undefined || this.#pos === undefined) return true;
    // After a gap the log may be another one, whose positions are less.
    if (pos < this.#pos && action !== 'resync') return false;
    this.#pos = pos;
    return true;
  }

  /** All subscriptions of the connection have been told everything up to a position. */
  reached(pos: string | undefined): void {
    if (pos !== undefined && this.#pos !== undefined && pos > this.#pos) this.#pos = pos;
    if (this.#end !== undefined) this.#reach(this.#end, pos);
  }

  #reach({ head, then }: { readonly head: string; readonly then: () => void }, ...reached: (string | undefined)[]): void {
    if (reached.every((pos = '') => pos < head)) return;
    this.#end = undefined;
    then();
  }

  lost(): void {
    this.#attempt += 1;
    this.#end = undefined;
    this.resumed = false;
    this.log.places.delete(this);
  }
}

/** Returns the cursor of a new subscription. */
export function resume(session: Session): Cursor {
  let log = logs.get(session);
  if (log === undefined) logs.set(session, (log = new Log(session)));
  return new Place(log, session);
}
