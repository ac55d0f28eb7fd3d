import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import {
  Closed,
  Live,
  NotAuthenticated,
  NotFound,
  PermissionDenied,
  TimedOut,
  ValidationError,
  byDatabase,
  byInteger,
  gather,
  offsetPages,
  orderOf,
  type ClientOptions,
  type LiveOptions,
  type RowEvent,
} from '../../../templates/ts/core/index.ts';
import { Fake, rejection, settle, type FakeSocket, type Frame } from './fake.ts';

beforeEach(() => {
  vi.useFakeTimers();
  // Waits are as long as they may be.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

interface Row {
  readonly id: number;
  readonly name: string;
}

const TO = { subscribe: 'sub', unsubscribe: 'unsub', events: ['create', 'update', 'delete'], args: { room: 1 } };

class View {
  readonly fake: Fake;
  readonly live: Live<Row>;
  readonly errors: unknown[] = [];
  readonly seen: string[] = [];

  constructor(options: ClientOptions = {}, live: Partial<LiveOptions<Row, number>> = {}) {
    this.fake = new Fake({ heartbeat: false, ...options });
    this.fake.client.onError((error) => this.errors.push(error));
    const { rooms } = this.fake;
    this.live = new Live<Row>({
      subscribe: (callback, request) => rooms.subscribe<RowEvent<Row>>(TO, callback as never, request),
      load: (signal) => rooms.read<Row[]>('list', {}, { signal }),
      key: (row) => row.id,
      compare: orderOf(['name', 'id']),
      ...live,
    });
    this.live.subscribe(({ status, rows }) => this.seen.push(`${status} ${rows.map((row) => row.id).join()}`));
  }

  get socket(): FakeSocket {
    return this.fake.socket;
  }

  /** The newest frame of an action. */
  frame(action: string): Frame {
    return this.socket.sent.filter((frame) => frame['action'] === action).at(-1) ?? {};
  }

  count(action: string): number {
    return this.socket.sent.filter((frame) => frame['action'] === action).length;
  }

  /** The server accepts the connection and the subscription. */
  async accept(): Promise<this> {
    await settle();
    this.socket.accept();
    this.socket.answer(this.frame('sub'), null, 201);
    await settle();
    return this;
  }

  /** The server answers the newest list. */
  async list(...rows: Row[]): Promise<this> {
    this.socket.answer(this.frame('list'), rows as never);
    await settle();
    return this;
  }

  async refuse(action: string, status: number): Promise<this> {
    this.socket.refuse(this.frame(action), status, ['No.']);
    await settle();
    return this;
  }

  async tell(action: string, data: unknown): Promise<void> {
    this.socket.tell(this.frame('sub'), action, data as never);
    await settle();
  }

  async pass(milliseconds: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(milliseconds);
  }
}

const [A, B, C]: [Row, Row, Row] = [{ id: 1, name: 'a' }, { id: 2, name: 'b' }, { id: 3, name: 'c' }];

async function started(live: Partial<LiveOptions<Row, number>> = {}): Promise<View> {
  const view = await (await new View({}, live).accept()).list(A, B);
  expect(view.live.snapshot()).toEqual({ rows: [A, B], status: 'live', error: undefined });
  return view;
}

const TRANSIENT = [402, 405, 408, 409, 429, 500, 502, 503];
const FINAL: readonly (readonly [number, unknown])[] = [
  [400, ValidationError],
  [401, NotAuthenticated],
  [403, PermissionDenied],
  [404, NotFound],
];

describe('the first reading', () => {
  test.each(TRANSIENT)('that is refused with %i is tried again, later each time', async (status) => {
    const view = await new View().accept();
    for (const wait of [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      await view.refuse('list', status);
      const before = view.count('list');
      expect(view.live.snapshot()).toMatchObject({ rows: [], status: 'loading', error: { status } });
      await view.pass(wait - 1);
      expect(view.count('list')).toBe(before);
      await view.pass(1);
      expect(view.count('list')).toBe(before + 1);
    }
    await view.list(A);
    await view.live.ready;
    expect(view.live.snapshot()).toEqual({ rows: [A], status: 'live', error: undefined });
    expect(view.errors).toEqual([]);
    // What was accepted once is tried again at once.
    await view.tell('resync', null);
    await view.refuse('list', status);
    await view.pass(500);
    await view.list(A, B);
    expect(view.live.status).toBe('live');
  });

  test.each(FINAL)('that is refused with %i is over, until it is asked for', async (status, type) => {
    const view = await new View().accept();
    const ready = rejection(view.live.ready);
    await view.refuse('list', status);
    expect(await ready).toBeInstanceOf(type);
    expect(view.live.snapshot()).toMatchObject({ rows: [], status: 'failed', error: { status } });
    expect(view.socket.last['action']).toBe('unsub');
    await view.pass(600_000);
    expect([view.count('sub'), view.count('list')]).toEqual([1, 1]);
    view.live.retry();
    view.socket.answer(view.frame('sub'), null, 201);
    await settle();
    await view.list(A);
    expect(view.live.snapshot()).toEqual({ rows: [A], status: 'live', error: undefined });
    // What happens within a frame is told once.
    await view.pass(16);
    expect(view.seen).toEqual(['failed ', 'live 1']);
  });

  test('that is not answered in time is tried again', async () => {
    const view = await new View({ timeout: 1000 }).accept();
    await view.pass(1000);
    expect(view.live.snapshot()).toMatchObject({ status: 'loading', error: { name: 'TimedOut' } });
    await view.pass(500);
    await view.list(A);
    expect(view.live.status).toBe('live');
  });

  test('waits for a server that is away for much longer than a request may take', async () => {
    const view = new View({ timeout: 1000 });
    await settle();
    // A handshake a try, all in vain.
    for (let minute = 0; minute < 60; minute += 1) {
      if (view.fake.client.status === 'connecting') view.socket.drop();
      await view.pass(60_000);
    }
    expect(view.live.status).toBe('loading');
    expect(view.fake.sockets.length).toBeLessThan(200);
    while (view.fake.client.status !== 'connecting') await view.pass(1000);
    await view.accept();
    await view.list(A);
    expect(view.live.status).toBe('live');
    expect(view.errors).toEqual([]);
  });

  test('goes on over connections that are lost at every point', async () => {
    const view = new View();
    await settle();
    view.socket.accept().drop(); // the subscription is asked for
    await view.pass(100);
    await view.accept();
    view.socket.drop(1012); // the list is
    expect(view.live.status).toBe('loading');
    await view.pass(100);
    await view.accept();
    await view.list(A);
    expect(view.live.status).toBe('live');
  });
});

describe('a subscription in a live view', () => {
  test.each(TRANSIENT)('that is refused with %i at first is asked for again', async (status) => {
    const view = new View();
    await settle();
    view.socket.accept();
    await view.refuse('sub', status);
    expect(view.live.snapshot()).toMatchObject({ status: 'loading', error: { status } });
    await view.pass(100);
    view.socket.answer(view.frame('sub'), null, 201);
    await settle();
    await view.list(A);
    expect(view.live.status).toBe('live');
  });

  test.each(TRANSIENT)('that is refused with %i after a loss is asked for again', async (status) => {
    const view = await started();
    view.socket.drop();
    await view.pass(100);
    view.socket.accept();
    for (const wait of [100, 200, 400]) {
      await view.refuse('sub', status);
      expect(view.live.snapshot()).toMatchObject({ rows: [A, B], status: 'stale', error: { status } });
      await view.pass(wait);
    }
    view.socket.answer(view.frame('sub'), null, 201);
    await settle();
    await view.list(A);
    expect(view.live.snapshot()).toEqual({ rows: [A], status: 'live', error: undefined });
  });

  test.each(FINAL)('that is refused with %i after a loss ends it, until it is asked for', async (status, type) => {
    const view = await started();
    view.socket.drop();
    await view.pass(100);
    view.socket.accept();
    await view.refuse('sub', status);
    expect(view.live.snapshot()).toMatchObject({ rows: [A, B], status: 'failed' });
    expect(view.live.snapshot().error).toBeInstanceOf(type);
    view.live.retry();
    expect(view.live.status).toBe('stale');
    view.socket.answer(view.frame('sub'), null, 201);
    await settle();
    await view.list(B);
    expect(view.live.snapshot()).toEqual({ rows: [B], status: 'live', error: undefined });
  });

  test('whose server fails in the middle is asked for again; one whose right is gone is not', async () => {
    const view = await started();
    view.socket.refuse({ ...view.frame('sub'), action: 'update' }, 500, ['Broken.']);
    await settle();
    expect(view.live.status).toBe('stale');
    expect(view.errors).toMatchObject([{ status: 500 }]);
    await view.pass(100);
    view.socket.answer(view.frame('sub'), null, 201);
    await settle();
    await view.list(A, B);
    expect(view.live.status).toBe('live');
    view.socket.refuse({ ...view.frame('sub'), action: 'update' }, 403, ['No.']);
    expect(view.live.status).toBe('failed');
    expect(view.live.snapshot().error).toBeInstanceOf(PermissionDenied);
  });

  test('that gives up by itself is subscribed to anew', async () => {
    const fake = new Fake({ timeout: 1000 });
    const live = new Live<Row>({
      subscribe: (callback) => fake.rooms.subscribe<RowEvent<Row>>(TO, callback as never),
      load: () => fake.rooms.read<Row[]>('list', {}),
      key: (row) => row.id,
    });
    await vi.advanceTimersByTimeAsync(1000);
    expect(live.snapshot()).toMatchObject({ status: 'loading', error: { name: 'TimedOut' } });
    await vi.advanceTimersByTimeAsync(500);
    fake.socket.accept();
    fake.socket.answer(fake.socket.last, null, 201);
    await settle();
    fake.socket.answer(fake.socket.last, []);
    await settle();
    expect(live.status).toBe('live');
  });
});

describe('a gap', () => {
  test.each(TRANSIENT)('whose rows cannot be read because of %i leaves the old ones, stale, and is tried again', async (status) => {
    const view = await started();
    await view.tell('resync', null);
    await view.refuse('list', status);
    expect(view.live.snapshot()).toMatchObject({ rows: [A, B], status: 'stale', error: { status } });
    // What comes meanwhile is seen all the same; another gap is the same gap.
    await view.tell('update', { id: 1, name: 'x' });
    await view.tell('resync', null);
    expect(view.live.rows).toEqual([B, { id: 1, name: 'x' }]);
    await view.pass(499);
    expect(view.count('list')).toBe(2);
    await view.pass(1);
    await view.list(A, C);
    expect(view.live.snapshot()).toEqual({ rows: [A, C], status: 'live', error: undefined });
  });

  test.each(FINAL)('whose rows are refused with %i ends it', async (status, type) => {
    const view = await started();
    await view.tell('resync', null);
    await view.refuse('list', status);
    expect(view.live.snapshot()).toMatchObject({ rows: [A, B], status: 'failed' });
    expect(view.live.snapshot().error).toBeInstanceOf(type);
    expect(view.socket.last['action']).toBe('unsub');
  });

  test('while the connection is gone, too, is closed by the next connection at once', async () => {
    const view = await started();
    await view.tell('resync', null);
    for (let count = 0; count < 8; count += 1) {
      await view.refuse('list', 503);
      await view.pass(30_000);
    }
    await view.refuse('list', 503);
    view.socket.drop();
    await view.pass(100);
    await view.accept();
    expect(view.count('list')).toBe(1);
    await view.list(C);
    expect(view.live.snapshot()).toEqual({ rows: [C], status: 'live', error: undefined });
  });

  test('while the rows are being read is read again, and no more than once', async () => {
    const view = await started();
    await view.tell('resync', null);
    for (let count = 0; count < 5; count += 1) await view.tell('resync', null);
    expect(view.count('list')).toBe(2);
    await view.list(C);
    expect(view.live.snapshot()).toMatchObject({ rows: [C], status: 'stale' });
    expect(view.count('list')).toBe(3);
    await view.list(A);
    expect(view.live.snapshot()).toMatchObject({ rows: [A], status: 'live' });
    expect(view.count('list')).toBe(3);
  });
});

describe('retry', () => {
  test('tries at once, whatever is waited for', async () => {
    const view = await new View({ backoff: { min: 60_000, jitter: 0 } }, { backoff: { min: 60_000 } }).accept();
    await view.refuse('list', 500);
    view.live.retry();
    expect(view.count('list')).toBe(2);
    view.live.retry(); // it is being read
    expect(view.count('list')).toBe(2);
    await view.list(A);
    view.live.retry(); // there is nothing to try
    expect(view.count('list')).toBe(2);
    view.live.reload(); // unless it is wanted
    expect(view.count('list')).toBe(3);
    await view.list(A);
    view.socket.drop();
    expect(view.fake.client.status).toBe('waiting');
    view.live.retry();
    await view.accept();
    await view.list(B);
    expect(view.live.rows).toEqual([B]);
  });

  test('does not bring back what was closed', async () => {
    const view = await started();
    void view.live.close();
    view.live.retry();
    view.live.reload();
    await settle();
    expect(view.live.status).toBe('closed');
    expect([view.count('sub'), view.count('list')]).toEqual([1, 1]);
  });

  test('that fails again fails again, with what has changed', async () => {
    const view = await new View().accept();
    await view.refuse('list', 403);
    view.live.retry();
    await view.refuse('sub', 404);
    expect(view.live.snapshot()).toMatchObject({ status: 'failed', error: { status: 404 } });
    view.live.retry();
    view.socket.answer(view.frame('sub'), null, 201);
    await settle();
    await view.list();
    expect(view.live.status).toBe('live');
  });
});

describe('a connection that is refused', () => {
  test('fails live rows, and another one brings them back', async () => {
    const view = await started();
    view.socket.drop(4403, 'not allowed');
    expect(view.live.snapshot()).toMatchObject({ rows: [A, B], status: 'failed' });
    expect(view.live.snapshot().error).toBeInstanceOf(PermissionDenied);
    await view.pass(600_000);
    expect(view.fake.sockets).toHaveLength(1);
    view.fake.client.connect();
    await view.accept();
    await view.list(C);
    expect(view.live.snapshot()).toEqual({ rows: [C], status: 'live', error: undefined });
  });

  test('before anything was read is retried by the view, too', async () => {
    const view = new View();
    await settle();
    view.socket.accept().drop(1008, 'no');
    expect(view.live.snapshot()).toMatchObject({ rows: [], status: 'failed', error: { status: 403 } });
    view.live.retry();
    await view.accept();
    await view.list(A);
    await view.live.ready;
    expect(view.live.status).toBe('live');
  });

  test('for want of a class of sockets fails at once', async () => {
    const view = new View({ WebSocket: class { constructor() { throw new Error('none'); } } as never });
    await settle();
    expect(view.live.snapshot()).toMatchObject({ status: 'failed', error: { name: 'CannotConnect' } });
  });
});

describe('closing', () => {
  test('ends the reading of pages', async () => {
    const view = new View({}, {});
    const pages = new Live<Row>({
      subscribe: (callback, request) => view.fake.rooms.subscribe<RowEvent<Row>>(TO, callback as never, request),
      load: (signal) => gather(offsetPages<Row>(view.fake.rooms, { limit: 1 }, { signal })),
      key: (row) => row.id,
    });
    await settle();
    view.socket.accept();
    const [, sub] = view.socket.sent;
    view.socket.answer(sub ?? {}, null, 201);
    await settle();
    const first = view.frame('list');
    view.socket.answer(first, { count: 12, limit: 1, offset: 0, results: [A] } as never);
    await settle();
    expect(view.frame('list')).toMatchObject({ offset: 0, limit: 2 });
    const lists = view.count('list');
    pages.close().catch(() => undefined);
    view.socket.answer(view.frame('list'), { count: 12, limit: 2, offset: 0, results: [A, B] } as never);
    await view.pass(60_000);
    expect(view.count('list')).toBe(lists);
    expect(pages.snapshot()).toMatchObject({ rows: [], status: 'closed' });
    expect(await rejection(pages.ready)).toBeInstanceOf(Closed);
  });

  test.each(['asking', 'reading', 'waiting', 'live', 'failed'] as const)('works while it is %s, and leaves nothing', async (state) => {
    const view = new View();
    if (state !== 'asking') await view.accept();
    if (state === 'waiting') await view.refuse('list', 500);
    if (state === 'failed') await view.refuse('list', 403);
    if (state === 'live') await view.list(A);
    await view.pass(16);
    const seen = view.seen.length;
    void view.live.close().catch(() => undefined);
    await settle();
    if (state === 'asking') view.socket.accept();
    await view.pass(60_000);
    expect(view.live.status).toBe('closed');
    expect(view.seen).toHaveLength(seen + 1);
    // The server does not answer, and is asked to end the subscription once more.
    const actions = view.socket.sent.map((frame) => frame['action']);
    expect(actions).toEqual(state === 'asking' ? [] : ['sub', 'list', 'unsub', 'unsub']);
    expect(view.errors.filter((error) => !(error instanceof TimedOut))).toEqual([]);
  });

  test('by who is told of a change is closing', async () => {
    const view = await new View().accept();
    view.live.subscribe(({ status }) => {
      if (status !== 'closed') void view.live.close().catch(() => undefined);
    });
    await view.refuse('list', 500);
    expect(view.live.status).toBe('loading');
    await view.pass(60_000);
    expect([view.live.status, view.count('list')]).toEqual(['closed', 1]);
  });

  test('the client closes what it has', async () => {
    const view = await started();
    view.fake.client.close();
    expect(view.live.snapshot()).toMatchObject({ rows: [A, B], status: 'closed' });
    const late = new Live<Row>({
      subscribe: (callback, request) => view.fake.rooms.subscribe<RowEvent<Row>>(TO, callback as never, request),
      load: () => view.fake.rooms.read<Row[]>('list', {}),
      key: (row) => row.id,
    });
    await settle();
    expect(late.status).toBe('closed');
    expect(late.snapshot().error).toBeInstanceOf(Closed);
    await view.pass(16);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('an event', () => {
  test.each([[null], [7], ['x'], [[]]])('with %j for a row is told to onError, and the rows are read anew', async (data) => {
    const view = await started();
    await view.tell('create', data);
    expect(view.errors).toMatchObject([{ name: 'ProtocolError' }]);
    expect(view.live.snapshot()).toMatchObject({ rows: [A, B], status: 'stale' });
    await view.list(A, B, C);
    expect(view.live.snapshot()).toEqual({ rows: [A, B, C], status: 'live', error: undefined });
  });

  test.each([[{}], [{ name: 'x' }]])('with a row without a key (%j) is, too', async (data) => {
    const view = await started();
    await view.tell('update', data);
    expect(view.errors).toMatchObject([{ name: 'ProtocolError' }]);
    expect(view.live.snapshot()).toMatchObject({ rows: [A, B], status: 'stale', error: { name: 'ProtocolError' } });
    await view.pass(100);
    await view.list(C);
    expect(view.live.snapshot()).toEqual({ rows: [C], status: 'live', error: undefined });
  });

  test('keeps rows in their places, and moves what has moved', async () => {
    const view = await started();
    await view.tell('create', C);
    await view.tell('create', { id: 4, name: 'a' });
    expect(view.live.rows.map((row) => row.id)).toEqual([1, 4, 2, 3]);
    await view.tell('update', { id: 1, name: 'z' });
    expect(view.live.rows.map((row) => row.id)).toEqual([4, 2, 3, 1]);
    await view.tell('delete', { pk: 2 });
    await view.tell('delete', { id: 9, name: '?' });
    expect(view.live.rows.map((row) => row.id)).toEqual([4, 3, 1]);
    expect(view.count('list')).toBe(1);
  });
});

describe('rows in an order that only the database knows', () => {
  const compare = orderOf<Row>(['name', 'id'], { name: byDatabase, id: byInteger });

  test('are read anew when one is new or has moved, several at once', async () => {
    const view = await started({ compare });
    await view.tell('create', C);
    await view.tell('update', { id: 1, name: 'aa' });
    // What a row holds is known; where it belongs is not, nor where the new one does.
    expect(view.live.snapshot()).toMatchObject({ rows: [{ id: 1, name: 'aa' }, B], status: 'stale' });
    expect(view.count('list')).toBe(1);
    await view.pass(100);
    expect(view.count('list')).toBe(2);
    await view.list(B, { id: 1, name: 'aa' }, C);
    expect(view.live.status).toBe('live');
    await view.pass(60_000);
    expect(view.count('list')).toBe(2);
  });

  test('stay where they are if nothing of the order has changed, and go without being asked about', async () => {
    const view = await started({ compare });
    await view.tell('update', { ...A, more: true });
    await view.tell('delete', { pk: 2 });
    expect(view.live.snapshot()).toMatchObject({ rows: [{ id: 1, name: 'a', more: true }], status: 'live' });
    // Nothing to compare it with.
    await view.tell('update', { id: 1, name: 'x' });
    expect(view.live.status).toBe('live');
    await view.pass(60_000);
    expect(view.count('list')).toBe(1);
  });

  test('are placed where what comes earlier in the order says it', async () => {
    const view = await started({ compare: orderOf<Row>(['-id', 'name'], { name: byDatabase, id: byInteger }) });
    await view.list(B, A);
    await view.tell('resync', null);
    await view.list(B, A);
    await view.tell('create', C);
    expect(view.live.snapshot()).toMatchObject({ rows: [C, B, A], status: 'live' });
  });

  test('that change while they are read are asked for once more', async () => {
    const view = await started({ compare });
    await view.tell('create', C);
    await view.pass(100);
    await view.tell('update', { id: 2, name: 'q' });
    await view.list(A, B, C);
    expect(view.live.snapshot()).toMatchObject({ rows: [A, { id: 2, name: 'q' }, C], status: 'stale' });
    await view.pass(100);
    await view.list(A, C, { id: 2, name: 'q' });
    expect(view.live.status).toBe('live');
    // That it is read already is no news.
    await view.tell('update', { id: 2, name: 'q' });
    await view.pass(60_000);
    expect([view.live.status, view.count('list')]).toEqual(['live', 3]);
  });
});

test('an error that is none of the protocol is shown, and tried again', async () => {
  let fails = true;
  const view = await new View({}, {
    load: async () => {
      if (fails) throw new TypeError('mine');
      return [A];
    },
  }).accept();
  expect(view.live.snapshot()).toMatchObject({ status: 'loading', error: new TypeError('mine') });
  fails = false;
  await view.pass(500);
  expect(view.live.status).toBe('live');
});
