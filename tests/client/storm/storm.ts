/**
 * Drives the core of the client through a random network, against a model: a server that holds rows, and that is right by
 * definition. Each run follows from its seed. After quiet, live rows are the server's, and what was closed is not
 * subscribed to.
 */

import type * as Core from '../../../templates/ts/core/index.ts';
import { Random } from '../unit/random.ts';
import { Clock } from './clock.ts';
import { CALM, Link, Server, type Query, type Row, type Weather } from './server.ts';

/** The members of the core that a run needs: the core itself, or one with a fault. */
export type Tested = Pick<
  typeof Core,
  | 'Client' | 'Live' | 'RequestError' | 'byDatabase' | 'byInteger' | 'byText' | 'cursorPages' | 'gatherLarge'
  | 'offsetPages' | 'optimistic' | 'orderOf'
>;

type Handle = Core.Live<Row, number>;

/** What a view shows. */
interface Kind {
  readonly of: Query;
  readonly limit: number | undefined;
  readonly pk: number | undefined;
  readonly shared: boolean;
}

interface Open extends Kind {
  readonly live: Handle;
  readonly stop: AbortController;
  /** When it was told of last. */
  at: number;
}

/** What is right, and was not: the message says it. */
class Wrong extends Error {}

function check(right: boolean, message: () => string): void {
  if (!right) throw new Wrong(message());
}

class Run {
  readonly #random: Random;
  /** Whether nothing fails, so that rows are read once: what is wrong then stays wrong. */
  readonly #gentle: boolean;
  readonly #clock = new Clock();
  readonly #server: Server;
  readonly #client: Core.Client;
  readonly #at: Core.Endpoint;
  readonly #views = new Set<Open>();
  readonly #subscriptions = new Set<Core.Subscription<{ readonly action: string }>>();
  readonly #unexpected: unknown[] = [];
  readonly #watched = new WeakSet<object>();

  constructor(private readonly core: Tested, seed: number) {
    const random = (this.#random = new Random(seed));
    this.#gentle = random.chance(0.4);
    this.#clock.install(new Random(seed + 1));
    const server = (this.#server = new Server(this.#clock, random, random.of([2, 2, 3, 4, 5, 100, 101]), this.#weather()));
    const WebSocket = class extends Link {
      constructor() {
        super(server);
      }
    };
    this.#client = new core.Client(
      {
        url: 'ws://server',
        WebSocket,
        timeout: 4000,
        connectTimeout: 3000,
        queue: 1000,
        backoff: { min: 100, max: 2000 },
        heartbeat: { idle: 4000, timeout: 1500 },
        ...(random.chance(0.3) && { token: () => this.#token(), tokenIn: 'query' }),
        logger: { debug: (...details) => console.log(this.#clock.now, ...details) },
        debug: process.env['DCRF_STORM_LOG'] !== undefined,
      },
      { rows: '/rows/' },
    );
    this.#client.onError((error) => {
      const known = ['RequestError', 'ProtocolError', 'TimedOut'].some((name) => String(error).includes(name));
      if (!known && !(error instanceof core.RequestError) && String(error) !== 'Error: no token') this.#unexpected.push(error);
    });
    this.#at = this.#client.endpoint('rows');
  }

  async #token(): Promise<string> {
    if (this.#server.weather.handshake > 0 && this.#random.chance(0.2)) throw new Error('no token');
    return 'token';
  }

  #weather(): Weather {
    const { whole, chance, of } = { whole: this.#whole, chance: this.#chance, of: this.#of };
    if (this.#gentle) return { ...CALM, delay: of([5, 50, 50, 500]), overflow: of([0, 0, 0.2]) };
    const rate = (most: number): number => (chance(0.5) ? (most * whole(1, 10)) / 10 : 0);
    return {
      halfOpen: rate(0.02), cut: rate(0.05), handshake: rate(0.6), refuse: rate(0.25), silent: rate(0.1),
      garbage: rate(0.1), overflow: rate(0.1), delay: of([0, 5, 50, 500]),
    };
  }

  readonly #whole = (low: number, high: number): number => this.#random.whole(low, high);
  readonly #chance = (probability: number): boolean => this.#random.chance(probability);
  readonly #of = <T>(values: readonly T[]): T => this.#random.of(values);

  /** Opens a view as generated code does. */
  #open(): void {
    const random = this.#random;
    const order = random.of(['n', 'n', '-n', '-n', this.#gentle ? 'n' : 'name'] as const);
    const kind: Kind = {
      of: {
        order,
        team: random.chance(0.4) ? random.whole(1, 2) : undefined,
        search: !this.#gentle && random.chance(0.15) ? random.of(['b', 'a']) : undefined,
      },
      limit: random.chance(0.5) ? random.of([1, 2, 3, 5]) : undefined,
      pk: random.chance(0.1) ? random.whole(1, 8) : undefined,
      shared: random.chance(0.6),
    };
    const stop = new AbortController();
    const { Live } = this.core;
    const options = (): Core.LiveOptions<Row, number> => this.#options(kind);
    const name = [kind.of, kind.limit, kind.pk];
    const live = kind.shared
      ? Live.shared<Row, number>(this.#at, name, { signal: stop.signal }, options)
      : new Live<Row, number>({ ...options(), backoff: { min: 100, max: 2000 } });
    const open: Open = { ...kind, live, stop, at: -Infinity };
    live.subscribe(() => this.#heard(open));
    this.#views.add(open);
    this.#watch(live.view);
  }

  #options({ of, limit, pk }: Kind): Core.LiveOptions<Row, number> {
    const { byDatabase, byInteger, byText, cursorPages, gatherLarge, offsetPages, orderOf } = this.core;
    const at = this.#at;
    const args = pk === undefined ? { of } : { pk };
    return {
      subscribe: (callback, request) => {
        const events = ['create', 'update', 'delete'];
        return at.subscribe({ subscribe: 'subscribe', unsubscribe: 'unsubscribe', events, args }, callback as never, request) as never;
      },
      load: async (signal, count) => {
        if (pk !== undefined) return [await at.read<Row>('retrieve', { pk }, { signal })];
        const walk = this.#server.most % 2 === 0 ? offsetPages : cursorPages;
        return gatherLarge<Row>((page) => walk<Row>(at, { of, ...page }, { signal }) as never, count);
      },
      key: (row) => row.id,
      compare: orderOf<Row>([of.order ?? 'n', 'id'], { n: byInteger, name: of.order === 'name' ? byDatabase : byText, id: byInteger }),
      limit,
      searched: of.search !== undefined,
    };
  }

  /** A row that did not change is the same object. */
  #watch(view: Handle['view']): void {
    if (this.#watched.has(view)) return;
    this.#watched.add(view);
    const { snapshot } = view;
    let before = new Map<number, Row>();
    Object.assign(view, {
      snapshot: () => {
        const shown = snapshot();
        for (const row of shown.rows) {
          const was = before.get(row.id);
          const other = was !== undefined && was !== row && JSON.stringify(was) === JSON.stringify(row);
          if (other) this.#unexpected.push(`row ${row.id} is another object`);
        }
        const { status, error } = shown as { status: string; error: { status?: number } };
        if (status === 'failed' && ![400, 401, 403, 404].includes(error.status ?? 0)) this.#unexpected.push(error);
        before = new Map(shown.rows.map((row) => [row.id, row]));
        return shown;
      },
    });
  }

  /** Nothing is told twice within a frame, or after the end. */
  #heard(open: Open): void {
    const { now } = this.#clock;
    const over = open.live.status === 'closed';
    if (!over && !this.#views.has(open)) this.#unexpected.push('a view was told of after it was closed');
    if (!over && now - open.at < 16) this.#unexpected.push('a view was told of twice within a frame');
    open.at = now;
  }

  #close(open: Open): void {
    this.#views.delete(open);
    if (open.shared && this.#random.chance(0.5)) open.stop.abort();
    else open.live.close().catch(() => undefined);
  }

  /** A plain subscription, which may end by itself. */
  #subscribe(): void {
    const stop = new AbortController();
    const timeout = this.#random.of([Infinity, 300, undefined]);
    const to = { subscribe: 'subscribe', unsubscribe: 'unsubscribe', events: ['update'], args: { of: {} } };
    const subscription = this.#at.subscribe<{ readonly action: string }>(to, () => undefined, { signal: stop.signal, timeout });
    subscription.ready.catch(() => undefined);
    this.#subscriptions.add(subscription);
    if (this.#random.chance(0.5)) this.#clock.set(this.#random.whole(0, 1500), () => stop.abort());
    else if (this.#random.chance(0.5)) {
      this.#clock.set(this.#random.whole(0, 1500), () => void subscription.unsubscribe().catch(() => undefined));
    }
  }

  /** Changes a row by the client itself, and shows it at once, or when it is answered. */
  #write(): void {
    const open = this.#of([...this.#views]);
    const pk = this.#whole(1, 8);
    const data = { name: this.#of(['ab', 'c', 'É']) };
    const answer = this.#at.call<Row>('patch', { pk, data }, { timeout: 3000 });
    const shown = this.#views.size > 0 && open.live.rows.some(({ id }) => id === pk);
    if (shown && this.#chance(0.6)) {
      this.core.optimistic(open.live, pk, (row) => row && { ...row, ...data }, answer).catch(() => undefined);
    } else answer.then((row) => open?.live.apply(row), () => undefined);
  }

  #reconnect(forget: boolean): void {
    this.#client.reconnect({ forget });
    for (const { live } of this.#views) {
      if (forget) check(live.rows.length === 0, () => 'rows of another user are shown');
    }
  }

  async #act(): Promise<void> {
    const random = this.#random;
    const views = [...this.#views];
    const some = views.length > 0 ? random.of(views) : undefined;
    switch (random.whole(0, this.#gentle ? 6 : 17)) {
      case 0: case 1: return this.#open();
      case 2: return some && this.#close(some);
      case 3: case 4: case 5: case 6: {
        for (let count = random.of([1, 1, 2, 8]); count > 0; count -= 1) this.#server.change();
        return undefined;
      }
      case 7: return some?.live.retry();
      case 8: return random.chance(0.3) ? some?.live.reload() : undefined;
      case 9: return this.#write();
      case 10: return random.chance(0.3) ? this.#client.connect() : undefined;
      case 11: return random.chance(0.3) ? this.#reconnect(random.chance(0.5)) : undefined;
      case 12: return this.#clock.page.tell(random.of(['online', 'visibilitychange']));
      case 13: return random.chance(0.2) ? this.#clock.sleep(random.of([1000, 20_000, 3_600_000])) : undefined;
      case 14: return this.#subscribe();
      case 15: for (const link of this.#server.links) if (random.chance(0.2)) link.cut(); return undefined;
      case 16: if (random.chance(0.2)) this.#server.weather = this.#weather(); return undefined;
      default: return this.#clock.pass(random.of([0, 20, 100, 1000]));
    }
  }

  async storm(): Promise<void> {
    this.#open();
    for (let step = this.#whole(8, 32); step > 0; step -= 1) {
      await this.#act();
      if (this.#chance(0.7)) await this.#clock.pass(this.#of([0, 1, 5, 20, 20, 200, 1500]));
    }
    await this.#quiet();
    this.#verify();
    await this.#leave();
  }

  /** The network and the server do what they should, and whatever has failed is tried again. */
  async #quiet(): Promise<void> {
    const gone = (): void => {
      for (const { pk, live } of this.#views) if (pk === undefined && live.status === 'failed') live.retry();
      if (this.#client.status === 'refused') this.#client.connect();
    };
    this.#server.weather = CALM;
    await this.#clock.pass(12_000);
    gone();
    await this.#clock.pass(8000);
    gone();
    await this.#clock.pass(3000);
    // What works is not disturbed.
    this.#server.change();
    await this.#clock.pass(4000);
  }

  #verify(): void {
    check(this.#unexpected.length === 0, () => `unexpected errors: ${this.#unexpected.map(String).join('; ')}`);
    for (const { live, of, limit, pk } of this.#views) {
      const view = JSON.stringify({ of, limit, pk });
      const { rows, status, error, more } = live.snapshot();
      if (pk !== undefined) {
        const row = this.#server.rows.get(pk);
        // A row that is not there is refused, or was deleted while it was shown.
        if (row === undefined) check(rows.length === 0 || status === 'failed', () => `${view} shows a deleted row, ${status}`);
        else if (status !== 'failed') check(JSON.stringify(rows) === JSON.stringify([row]), () => `${view} shows another row, ${status}`);
        continue;
      }
      check(status === 'live', () => `${view} is ${status} (${String(error)})`);
      const all = this.#server.list(of);
      const right = JSON.stringify(all.slice(0, limit));
      check(JSON.stringify(rows) === right, () => `${view} shows ${JSON.stringify(rows)} and not ${right}`);
      check(more === (limit === undefined ? undefined : all.length > limit), () => `${view} says ${more} of ${all.length} rows`);
    }
    this.#left();
  }

  /** What is subscribed to on the server is what is wanted, once each. */
  #left(): void {
    const names = [...this.#views].filter(({ live }) => live.status !== 'failed').map(({ shared, of, limit, pk }, at) =>
      JSON.stringify(shared ? [of.order, of.team, of.search, limit, pk] : at));
    const plain = [...this.#subscriptions].filter(({ status }) => status === 'live').length;
    const wanted = new Set(names).size + plain;
    const there = [...this.#server.links].flatMap(({ subscriptions }) => [...subscriptions.keys()]);
    check(there.length === wanted, () => `the server has ${there.length} subscriptions and not ${wanted}`);
  }

  async #leave(): Promise<void> {
    for (const open of [...this.#views]) this.#close(open);
    for (const subscription of this.#subscriptions) subscription.unsubscribe().catch(() => undefined);
    await this.#clock.pass(300);
    this.#left();
    this.#client.close();
    await this.#clock.pass(30_000);
    check(this.#clock.size === 0, () => `${this.#clock.size} timers are left`);
    check(this.#clock.page.listeners === 0, () => 'listeners are left');
  }
}

/** Runs one storm. Returns what is wrong, or undefined. */
export async function storm(core: Tested, seed: number): Promise<string | undefined> {
  const wrong: unknown[] = [];
  const { stackTraceLimit } = Error;
  // Where errors are made takes most of the time, and is of no interest unless one looks at a run.
  if (process.env['DCRF_STORM_LOG'] === undefined) Error.stackTraceLimit = 0;
  const uncaught = (error: unknown): void => void wrong.push(error);
  process.on('uncaughtException', uncaught);
  process.on('unhandledRejection', uncaught);
  try {
    await new Run(core, seed).storm();
  } catch (error) {
    wrong.push(error);
  } finally {
    Clock.restore();
    Error.stackTraceLimit = stackTraceLimit;
    process.off('uncaughtException', uncaught);
    process.off('unhandledRejection', uncaught);
  }
  const [first] = wrong;
  if (first === undefined) return undefined;
  return first instanceof Wrong ? first.message : first instanceof Error ? String(first.stack) : String(first);
}
