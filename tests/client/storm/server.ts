/** A server of the test's own, with a network that does what networks do, and what it holds. */

import type { Random } from '../unit/random.ts';
import type { Clock } from './clock.ts';

/** A row: ordered by a number that may be null, found by a text, selected by a group. */
export interface Row {
  readonly id: number;
  readonly n: number | null;
  readonly name: string;
  readonly team: number;
}

/** The arguments of a list. */
export interface Query {
  readonly team?: number | undefined;
  readonly search?: string | undefined;
  /** By `n`, or by `name` in the collation of the database, which the client does not know; with a `-` backwards. */
  readonly order?: 'n' | '-n' | 'name' | undefined;
}

type Frame = { readonly [key: string]: never };
type Side = 'client' | 'server';

/** How bad the network and the server are. All are probabilities. */
export interface Weather {
  /** A frame is not delivered, and nothing after it. */
  halfOpen: number;
  /** A connection is cut when a frame is sent. */
  cut: number;
  /** A handshake fails, is refused, or never ends. */
  handshake: number;
  /** A request is refused, with any status. */
  refuse: number;
  /** A request is not answered. */
  silent: number;
  /** A frame that means nothing. */
  garbage: number;
  /** Events are left out, and `resync` says so. */
  overflow: number;
  /** The longest delay of a frame, in milliseconds. */
  delay: number;
}

export const CALM: Weather = {
  halfOpen: 0, cut: 0, handshake: 0, refuse: 0, silent: 0, garbage: 0, overflow: 0, delay: 5,
};

const STATUSES = [400, 401, 403, 404, 405, 408, 409, 413, 429, 500, 502, 503] as const;
const CODES = [1000, 1001, 1006, 1008, 1009, 1011, 1012, 1013, 3000, 4400, 4401, 4403, 4404, 4999] as const;
const GARBAGE = [
  '', 'x', '{', 'null', '[]', '7', '{}', '{"stream":"rows"}', '{"stream":"rows","payload":null}',
  '{"stream":"rows","payload":{"action":"update","data":{"id":1},"errors":[],"response_status":200,"request_id":"999"}}',
  '{"stream":"rows","payload":{"action":"list","data":[],"errors":[],"response_status":200,"request_id":"1"}}',
  '{"stream":"nothing","payload":{"action":"x","data":null,"errors":[],"response_status":500,"request_id":null}}',
  '{"stream":"rows","payload":{"action":7,"data":null,"errors":[],"response_status":200,"request_id":7}}',
];

/** A socket as the client sees it, with the server's end of it. */
export class Link {
  onopen: unknown;
  onmessage: unknown;
  onclose: unknown;
  onerror: unknown;
  /** What is subscribed to on the server, by id. */
  readonly subscriptions = new Map<string, Query | { readonly pk: number }>();
  /** Whether each end believes that there is a connection. */
  readonly up: { [side in Side]: boolean } = { client: false, server: false };
  #dead = false;
  /** When the last frame to each side arrives, because frames do not overtake each other. */
  readonly #last: { [side in Side]: number } = { client: 0, server: 0 };
  /** When the next event may be sent, because events do not overtake each other. */
  event = 0;

  constructor(readonly server: Server) {
    server.links.add(this);
    const { random, weather } = server;
    if (!random.chance(weather.handshake)) {
      this.#carry('client', () => this.#opened());
      return;
    }
    const kind = random.whole(0, 2);
    if (kind === 0) return; // nobody answers
    this.#carry('client', () => {
      if (kind === 2) this.#opened();
      this.#ended(random.of(CODES));
    });
  }

  #opened(): void {
    this.up.client = this.up.server = true;
    this.event = this.server.clock.now;
    (this.onopen as () => void)();
  }

  /** Both ends learn that the connection is over. */
  #ended(code: number): void {
    this.#dead = true;
    this.up.client = this.up.server = false;
    this.server.links.delete(this);
    const { random } = this.server;
    const reason = code === 1012 && random.chance(0.5) ? `retry in ${random.whole(0, 900)} ms` : '';
    (this.onclose as (event: object) => void)({ code, reason });
  }

  /** Brings something to a side after a while, if the connection lasts as long. */
  #carry(to: Side, then: () => void): void {
    const { clock, random, weather } = this.server;
    const at = Math.max(this.#last[to], clock.now + random.whole(0, weather.delay));
    this.#last[to] = at;
    clock.set(at - clock.now, () => {
      if (!this.#dead) then();
    });
  }

  /** What may happen to a connection whenever something is sent. Returns whether it goes on. */
  #lasts(): boolean {
    const { random, weather } = this.server;
    if (this.#dead) return false;
    if (random.chance(weather.halfOpen)) {
      this.#dead = true;
      // The server notices sometime.
      this.server.clock.set(20_000, () => this.forget());
      return false;
    }
    if (!random.chance(weather.cut)) return true;
    this.#carry('client', () => this.#ended(1006));
    return false;
  }

  forget(): void {
    this.up.server = false;
    this.server.links.delete(this);
  }

  cut(): void {
    if (!this.#dead) this.#carry('client', () => this.#ended(1006));
  }

  // What the client calls.

  send(text: string): void {
    if (!this.up.client) throw new Error('the socket is not open');
    if (this.#lasts()) this.#carry('server', () => this.server.received(this, JSON.parse(text)));
  }

  close(): void {
    this.up.client = false;
    // The server learns of it, unless the connection is half open.
    if (!this.#dead) this.#carry('server', () => this.forget());
    else this.server.clock.set(20_000, () => this.forget());
    this.#dead ||= !this.up.server;
  }

  // What the server calls.

  say(payload: object): void {
    if (!this.up.server || !this.#lasts()) return;
    const { random, weather } = this.server;
    if (random.chance(weather.garbage)) this.#deliver(random.of(GARBAGE));
    this.#deliver(JSON.stringify({ stream: 'rows', payload }));
  }

  #deliver(data: string): void {
    this.#carry('client', () => {
      if (this.up.client) (this.onmessage as (event: object) => void)({ data });
    });
  }
}

export class Server {
  readonly rows = new Map<number, Row>();
  readonly links = new Set<Link>();
  #ids = 0;
  /** How many changes create a row. */
  readonly #create: number;

  constructor(
    readonly clock: Clock,
    readonly random: Random,
    /** The greatest number of rows of a page. */
    readonly most: number,
    public weather: Weather,
  ) {
    this.#create = random.of([0.2, 0.35, 0.5]);
    for (let count = random.whole(0, random.of([4, 12, 30])); count > 0; count -= 1) this.#add();
  }

  /** The rows of a list, in order. */
  list({ team, search, order = 'n' }: Query): Row[] {
    const rows = [...this.rows.values()].filter(
      (row) => (team === undefined || row.team === team) && (search === undefined || row.name.includes(search)),
    );
    const sign = order === '-n' ? -1 : 1;
    return rows.sort((a, b) =>
      order === 'name'
        ? Number(collated(a.name) > collated(b.name)) - Number(collated(a.name) < collated(b.name)) || a.id - b.id
        : sign * ((a.n ?? -Infinity) === (b.n ?? -Infinity) ? 0 : (a.n ?? -Infinity) - (b.n ?? -Infinity)) || a.id - b.id,
    );
  }

  /** Somebody changes something. */
  change(): void {
    const { random } = this;
    const ids = [...this.rows.keys()];
    if (ids.length === 0 || random.chance(this.#create)) return this.#add();
    const id = random.of(ids);
    if (random.chance(0.4)) this.put(undefined, id);
    else this.put({ ...(this.rows.get(id) as Row), ...random.of<Partial<Row>>([this.#values(), { name: this.#name() }, {}]) });
  }

  #add(): void {
    this.#ids += 1;
    this.put({ id: this.#ids, ...this.#values() });
  }

  #values(): Omit<Row, 'id'> {
    const { random } = this;
    return { n: random.chance(0.15) ? null : random.whole(0, 6), name: this.#name(), team: random.whole(1, 2) };
  }

  #name(): string {
    return this.random.of(['ab', 'Ab', 'b', 'B', 'c', 'abc', 'É', 'e']);
  }

  /** Stores a row, or deletes one, and tells subscribers. */
  put(row: Row | undefined, id = row?.id ?? 0): void {
    const before = this.rows.get(id);
    if (row === undefined) this.rows.delete(id);
    else this.rows.set(id, row);
    for (const link of this.links) {
      for (const [subscription, of] of link.subscriptions) this.#tell(link, subscription, of, id, before, row);
    }
  }

  #tell(link: Link, id: string, of: Query | { readonly pk: number }, key: number, before: Row | undefined, row: Row | undefined): void {
    const seen = (shown: Row | undefined): boolean =>
      shown !== undefined && ('pk' in of ? of.pk === key : of.team === undefined || of.team === shown.team);
    if (!seen(before) && !seen(row)) return;
    const { random, weather, clock } = this;
    let event: object;
    if (seen(row)) event = { action: seen(before) ? 'update' : 'create', data: row };
    else event = { action: 'delete', data: 'pk' in of || random.chance(0.5) ? { pk: key } : before };
    if (random.chance(weather.overflow)) event = random.of([{ action: 'resync', data: null }, { action: 'update', data: null }]);
    // An event may be later than an answer that shows the change already, but not than the next event.
    link.event = Math.max(link.event, clock.now + random.whole(0, weather.delay));
    clock.set(link.event - clock.now, () => {
      if (link.subscriptions.has(id)) link.say({ ...event, errors: [], response_status: 200, request_id: id });
    });
  }

  /** Answers a request. */
  received(link: Link, { payload }: { payload: Frame }): void {
    const { random, weather } = this;
    const { action, request_id } = payload as unknown as { action: string; request_id: string };
    const answer = (data: unknown, status = 200): void => {
      if (!random.chance(weather.silent)) link.say({ action, data, errors: [], response_status: status, request_id });
    };
    if (action === 'heartbeat') return link.say({ action, data: null, errors: ['no'], response_status: 405, request_id });
    if (random.chance(weather.refuse)) {
      const status = random.of(STATUSES);
      // That says that there is no subscription, and is right then.
      const response_status = action === 'unsubscribe' && status === 404 ? 409 : status;
      return link.say({ action, data: null, errors: ['No.'], response_status, request_id });
    }
    this.#act(link, action, payload as never, answer);
  }

  #act(link: Link, action: string, payload: { readonly [key: string]: never }, answer: (data: unknown, status?: number) => void): void {
    const { request_id: id, of, pk } = payload as unknown as { request_id: string; of: Query; pk: number };
    if (action === 'list') return answer(this.#page(payload as never));
    if (action === 'retrieve') return this.rows.has(pk) ? answer(this.rows.get(pk)) : answer(null, 404);
    if (action === 'subscribe') {
      if (pk !== undefined && !this.rows.has(pk)) return answer(null, 404);
      link.subscriptions.set(id, pk === undefined ? of : { pk });
      // An event may be earlier than the answer.
      if (this.random.chance(0.1)) this.change();
      return answer(null, 201);
    }
    if (action === 'unsubscribe') return link.subscriptions.delete(id) ? answer(null, 204) : answer(null, 404);
    if (action === 'patch') {
      const row = this.rows.get(pk);
      if (row === undefined) return answer(null, 404);
      const changed = { ...row, ...(payload['data'] as unknown as Partial<Row>) };
      // The answer comes before the event of the change.
      answer(changed);
      this.put(changed);
    }
  }

  #page({ of, limit, offset, cursor }: { of: Query; limit?: number; offset?: number; cursor?: string }): unknown {
    const rows = this.list(of);
    const size = Math.min(this.most, limit ?? 3);
    if (this.most % 2 === 0) {
      const from = offset ?? 0;
      return { count: rows.length, limit: size, offset: from, results: rows.slice(from, from + size) };
    }
    // By cursor: the position after a row, wherever that row is by now.
    const after = cursor === undefined ? undefined : (JSON.parse(cursor) as Row);
    const rest = after === undefined ? rows : this.#after(rows, after, of);
    const results = rest.slice(0, size);
    return { results, previous: null, next: rest.length > size ? JSON.stringify(results.at(-1)) : null };
  }

  #after(rows: Row[], after: Row, of: Query): Row[] {
    const others = new Map(this.rows);
    others.set(after.id, after);
    const all = new Server(this.clock, { whole: () => 0, of: () => 0 } as never, 1, this.weather);
    for (const row of others.values()) all.rows.set(row.id, row);
    const sorted = all.list({ order: of.order });
    const later = new Set(sorted.slice(sorted.findIndex(({ id }) => id === after.id) + 1).map(({ id }) => id));
    return rows.filter(({ id }) => later.has(id));
  }
}

/** What the collation of the database makes of a text. */
function collated(text: string): string {
  return text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '~');
}
