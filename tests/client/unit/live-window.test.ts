/** Live rows with a limit, shared ones, and changes that are shown before the server tells of them. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import {
  Live,
  ValidationError,
  byInteger,
  byText,
  gatherLarge,
  offsetPages,
  optimistic,
  orderOf,
  type LiveOptions,
  type RowEvent,
} from '../../../templates/ts/core/index.ts';
import { Fake, rejection, settle, type FakeSocket, type Frame } from './fake.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Row {
  readonly id: number;
  readonly name: string;
}

const TO = { subscribe: 'sub', unsubscribe: 'unsub', events: ['create', 'update', 'delete'], args: {} };

function optionsOf(fake: Fake, limit?: number): LiveOptions<Row, number> {
  return {
    subscribe: (callback, request) => fake.rooms.subscribe<RowEvent<Row>>(TO, callback as never, request),
    load: (signal, count) => gatherLarge((page) => offsetPages<Row>(fake.rooms, { ...page }, { signal }), count),
    key: (row) => row.id,
    compare: orderOf(['name', 'id'], { name: byText, id: byInteger }),
    limit,
  };
}

class View {
  readonly fake = new Fake({ heartbeat: false });
  socket!: FakeSocket;
  live!: Live<Row>;
  told = 0;

  static async of(rows: Row[], limit?: number): Promise<View> {
    const view = new View();
    view.socket = await view.fake.open();
    view.live = new Live<Row>(optionsOf(view.fake, limit));
    view.live.subscribe(() => (view.told += 1));
    view.socket.answer(view.frame('sub'), null, 201);
    await settle();
    await view.list(rows);
    return view;
  }

  frame(action: string): Frame {
    return this.socket.sent.filter((frame) => frame['action'] === action).at(-1) ?? {};
  }

  count(action: string): number {
    return this.socket.sent.filter((frame) => frame['action'] === action).length;
  }

  /** Answers the newest list: a page of what the server has. */
  async list(all: Row[]): Promise<void> {
    const { limit = 3, offset = 0 } = this.frame('list') as { limit?: number; offset?: number };
    this.socket.answer(this.frame('list'), { count: all.length, limit, offset, results: all.slice(offset, offset + limit) } as never);
    await settle();
  }

  tell(action: string, data: unknown): void {
    this.socket.tell(this.frame('sub'), action, data as never);
  }

  get ids(): string {
    return this.live.rows.map((row) => row.id).join();
  }
}

const row = (id: number, name = String.fromCharCode(96 + id)): Row => ({ id, name });
const ROWS = [1, 2, 3, 4, 5, 6, 7].map((id) => row(id));

describe('a window', () => {
  test('shows the first rows, and says whether there are more', async () => {
    const view = await View.of(ROWS, 3);
    // Some more are known than are shown.
    expect(view.frame('list')).toMatchObject({ limit: 6 });
    expect([view.ids, view.live.snapshot().more]).toEqual(['1,2,3', true]);
    const whole = await View.of(ROWS.slice(0, 3), 3);
    expect([whole.ids, whole.live.snapshot().more]).toEqual(['1,2,3', false]);
    expect((await View.of(ROWS)).live.snapshot().more).toBeUndefined();
  });

  test('is right as rows come in, leave and move, and is read again only if nobody knows the next row', async () => {
    const view = await View.of(ROWS, 3);
    view.tell('create', row(10, 'aa'));
    expect(view.ids).toBe('1,10,2');
    view.tell('delete', { pk: 1 });
    view.tell('update', row(2, 'cc'));
    expect(view.ids).toBe('10,3,2');
    // Beyond what is known: it is of no interest.
    view.tell('create', row(11, 'zz'));
    view.tell('update', row(7, 'zzz'));
    view.tell('delete', { pk: 10 });
    expect([view.ids, view.live.status, view.count('list')]).toEqual(['3,2,4', 'live', 1]);
    // One that leaves for somewhere beyond.
    view.tell('update', row(3, 'y'));
    view.tell('delete', { pk: 2 });
    expect([view.ids, view.live.status]).toEqual(['4,5', 'stale']);
    await vi.advanceTimersByTimeAsync(100);
    await view.list([row(4), row(5), row(6), row(3, 'y'), row(11, 'zz')]);
    expect([view.ids, view.live.status, view.count('list')]).toEqual(['4,5,6', 'live', 2]);
  });

  test('asks for large pages, and for those of the server if they are too large', async () => {
    const view = new View();
    view.socket = await view.fake.open();
    view.live = new Live<Row>(optionsOf(view.fake));
    view.socket.answer(view.frame('sub'), null, 201);
    await settle();
    expect(view.frame('list')).toMatchObject({ limit: 500 });
    view.socket.refuse(view.frame('list'), 400, ['The answer is too large.']);
    await settle();
    expect(view.frame('list')).not.toHaveProperty('limit');
    for (let page = 0; page < 3; page += 1) await view.list(ROWS);
    expect([view.ids, view.live.status, view.count('list')]).toEqual(['1,2,3,4,5,6,7', 'live', 4]);
  });
});

describe('rows that did not change', () => {
  test('stay the same objects, and so does the list, after events and after another read', async () => {
    const view = await View.of(ROWS);
    const { rows } = view.live;
    view.tell('update', { ...ROWS[1] });
    expect(view.live.rows).toBe(rows);
    view.live.reload();
    await settle();
    await view.list(ROWS.map((row) => ({ ...row })));
    expect([view.live.status, view.live.rows]).toEqual(['live', rows]);
    expect(view.live.rows).toBe(rows);
    view.tell('update', row(2, 'bb'));
    expect(view.live.rows.map((now, at) => now === rows[at])).toEqual([true, false, true, true, true, true, true]);
  });

  test('are told of once in a frame, whatever happens in it', async () => {
    const view = await View.of([]);
    await vi.advanceTimersByTimeAsync(20);
    view.told = 0;
    for (let id = 1; id <= 1000; id += 1) view.tell('create', row(id, `n${id}`));
    expect(view.told).toBe(0);
    await vi.advanceTimersByTimeAsync(16);
    expect([view.told, view.live.rows.length]).toEqual([1, 1000]);
  });
});

describe('shared rows', () => {
  test('have one subscription and one list, which the last one ends', async () => {
    const fake = new Fake({ heartbeat: false });
    const socket = await fake.open();
    let made = 0;
    const open = (of: object, signal?: AbortSignal): Live<Row> =>
      Live.shared<Row, number>(fake.rooms, of, { signal }, () => ((made += 1), optionsOf(fake)));
    const stop = new AbortController();
    const [a, b, c] = [open({ x: 1, y: [2] }), open({ y: [2], x: 1 }, stop.signal), open({ x: 2, y: [2] })];
    expect(made).toBe(2);
    const [sub] = socket.sent as [Frame];
    socket.answer(sub, null, 201);
    await settle();
    socket.answer(socket.last, { count: 1, limit: 3, offset: 0, results: [row(1)] } as never);
    await Promise.all([a.ready, b.ready]);
    expect(a.rows).toBe(b.rows);
    void a.close();
    socket.tell(sub, 'create', row(2) as never);
    expect([a.status, a.rows.length, b.rows.length]).toEqual(['closed', 1, 2]);
    const unsubs = (): number => socket.sent.filter((frame) => frame['action'] === 'unsub').length;
    expect(unsubs()).toBe(0);
    stop.abort();
    stop.abort();
    expect([b.status, unsubs()]).toEqual(['closed', 1]);
    void c.close().catch(() => undefined);
    expect(unsubs()).toBe(2);
    // Another one begins anew.
    const again = open({ x: 1, y: [2] });
    expect([made, again.status]).toEqual([3, 'loading']);
  });

  test('that failed are tried again by who opens them', async () => {
    const fake = new Fake({ heartbeat: false });
    const socket = await fake.open();
    const open = (): Live<Row> => Live.shared<Row, number>(fake.rooms, 1, {}, () => optionsOf(fake));
    const first = open();
    socket.refuse(socket.last, 403, ['No.']);
    await settle();
    expect(first.status).toBe('failed');
    const second = open();
    expect([first.status, second.status, socket.last['action']]).toEqual(['loading', 'loading', 'sub']);
  });
});

describe('an own answer', () => {
  test('is shown at once, and what the server says later counts', async () => {
    const view = await View.of(ROWS);
    view.live.apply(row(2, 'x'));
    expect(view.ids).toBe('1,3,4,5,6,7,2');
    view.tell('update', row(2, 'x'));
    view.tell('update', row(2, 'a'));
    expect(view.ids).toBe('1,2,3,4,5,6,7');
    await vi.advanceTimersByTimeAsync(5000);
    expect(view.count('list')).toBe(1);
    // One that the server never tells of may not belong here.
    view.live.apply(row(99));
    await vi.advanceTimersByTimeAsync(2000);
    await view.list(ROWS);
    expect([view.ids, view.count('list')]).toEqual(['1,2,3,4,5,6,7', 2]);
  });
});

describe('an optimistic change', () => {
  /** An answer that the test gives. */
  function promise<T>(): { answer: Promise<T>; give: (value: T) => void; refuse: (error: unknown) => void } {
    let [give, refuse]: [(value: T) => void, (error: unknown) => void] = [() => undefined, () => undefined];
    const answer = new Promise<T>((resolve, reject) => ([give, refuse] = [resolve, reject]));
    return { answer, give, refuse };
  }

  const names = (view: View): string => view.live.rows.map(({ name }) => name).join();

  test('is shown until the server tells of it, without the old row in between', async () => {
    const view = await View.of([row(1), row(2)]);
    const seen: string[] = [];
    const { answer, give } = promise<Row>();
    const done = optimistic(view.live, 1, (row) => row && { ...row, name: 'aa' }, answer);
    seen.push(names(view));
    give(row(1, 'aa'));
    expect(await done).toEqual(row(1, 'aa'));
    seen.push(names(view));
    view.tell('update', row(1, 'aa'));
    seen.push(names(view));
    expect(new Set(seen)).toEqual(new Set(['aa,b']));
    await vi.advanceTimersByTimeAsync(5000);
    expect(view.count('list')).toBe(1);
  });

  test('that is refused is taken back, and several on one row do not disturb each other', async () => {
    const view = await View.of([row(1), row(2)]);
    const [first, second] = [promise<Row>(), promise<Row>()];
    const one = rejection(optimistic(view.live, 2, (row) => row && { ...row, name: `${row.name}1` }, first.answer));
    const two = optimistic(view.live, 2, (row) => row && { ...row, name: `${row.name}2` }, second.answer);
    expect(names(view)).toBe('a,b12');
    first.refuse(new ValidationError({ stream: '', action: '', status: 400, errors: [] }));
    expect(await one).toBeInstanceOf(ValidationError);
    expect(names(view)).toBe('a,b2');
    // Somebody else's change is below it.
    view.tell('update', row(2, 'q'));
    expect(names(view)).toBe('a,q2');
    second.give(row(2, 'q2'));
    await two;
    view.tell('update', row(2, 'q2'));
    expect(names(view)).toBe('a,q2');
  });

  test('may be a new row, which gets its key with the answer, or a deletion', async () => {
    const view = await View.of([row(1), row(2)]);
    const [made, gone] = [promise<Row>(), promise<null>()];
    void optimistic(view.live, -1, () => ({ id: -1, name: 'ab' }), made.answer);
    const deleted = rejection(optimistic(view.live, 1, () => null, gone.answer));
    expect(view.ids).toBe('-1,2');
    made.give(row(3, 'ab'));
    await settle();
    expect(view.ids).toBe('3,2');
    view.tell('create', row(3, 'ab'));
    expect(view.ids).toBe('3,2');
    gone.refuse(new Error('no'));
    await deleted;
    expect(view.ids).toBe('1,3,2');
  });

  test('that was answered and is never told of makes the rows be read again', async () => {
    const view = await View.of([row(1), row(2)]);
    await optimistic(view.live, 1, () => null, Promise.resolve(null));
    expect(view.ids).toBe('2');
    await vi.advanceTimersByTimeAsync(2000);
    await view.list([row(2)]);
    expect([view.ids, view.live.status, view.count('list')]).toEqual(['2', 'live', 2]);
  });
});
