import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { Live, byInteger, orderOf, resume, type RowEvent, type Subscription } from '../../../templates/ts/core/index.ts';
import { Fake, settle, type FakeSocket, type Frame } from './fake.ts';

beforeEach(() => {
  vi.useFakeTimers();
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

const TO = { subscribe: 'sub', unsubscribe: 'unsub', events: ['create', 'update', 'delete'], args: { room: 1 }, resume };

/** A client and its server, which has a log. */
class World {
  readonly fake = new Fake({ heartbeat: false });
  readonly told: string[] = [];

  get socket(): FakeSocket {
    return this.fake.socket;
  }

  subscribe(): Subscription<RowEvent<Row>> {
    return this.fake.rooms.subscribe<RowEvent<Row>>(TO, ({ action, data }) => {
      this.told.push(`${action} ${JSON.stringify(data)}`);
    });
  }

  live(): { readonly live: Live<Row>; readonly loads: () => number } {
    let loads = 0;
    const { rooms } = this.fake;
    const live = new Live<Row>({
      subscribe: (callback, request) => rooms.subscribe<RowEvent<Row>>(TO, callback as never, request),
      load: (signal) => {
        loads += 1;
        return rooms.read<Row[]>('list', {}, { signal });
      },
      key: (row) => row.id,
      compare: orderOf<Row>(['id'], { id: byInteger }),
    });
    return { live, loads: () => loads };
  }

  /** Accepts the connection and answers the greeting, with this status. */
  async greet(status = 200): Promise<void> {
    await settle();
    this.socket.accept();
    await settle();
    const hello = this.socket.last;
    expect(hello).toMatchObject({ action: '$hello', data: { protocol: 1 } });
    this.socket.answer(hello, { protocol: 1 }, status);
    await settle();
  }

  /** Answers the subscribing call. */
  async answer(data: Frame, pos: string): Promise<Frame> {
    const call = this.socket.last;
    expect(call['action']).toBe('sub');
    this.say({ action: 'sub', request_id: call['request_id'] ?? null, response_status: 201, errors: [], data }, pos);
    await settle();
    return call;
  }

  say(frame: Frame, pos: string): void {
    this.socket.say({ ...frame, $dcrf: { pos } });
  }

  tell(call: Frame, action: string, data: Frame, pos: string): void {
    this.say({ action, request_id: call['request_id'] ?? null, response_status: 200, errors: [], data }, pos);
  }

  /** Cuts the connection, and waits for the next one. */
  async cut(): Promise<void> {
    this.socket.drop();
    await vi.advanceTimersByTimeAsync(1000);
  }
}

describe('a subscription to an observer with a log', () => {
  test('says after which position it was told nothing, and is told what it has missed', async () => {
    const world = new World();
    const subscription = world.subscribe();
    await world.greet();
    expect(world.socket.last['$dcrf']).toEqual({ since: null });
    const call = await world.answer({}, 'a1');
    expect([subscription.status, subscription.resumed]).toEqual(['live', false]);
    world.tell(call, 'create', { id: 1, name: 'x' }, 'a2');
    await world.cut();
    await world.greet();
    expect(world.socket.last).toMatchObject({ action: 'sub', room: 1, $dcrf: { since: 'a2' } });
    const again = await world.answer({ resumed: true, head: 'a4' }, 'a2');
    expect(subscription.status).toBe('pending');
    world.tell(again, 'update', { id: 1, name: 'y' }, 'a3');
    world.socket.say({ action: '$position', $dcrf: { pos: 'a4' } });
    await settle();
    expect([subscription.status, subscription.resumed]).toEqual(['live', true]);
    expect(world.told).toEqual(['create {"id":1,"name":"x"}', 'update {"id":1,"name":"y"}']);
    await world.cut();
    await world.greet();
    expect(world.socket.last['$dcrf']).toEqual({ since: 'a4' });
  });

  test('is told of a log that begins anew, and goes on from there', async () => {
    const world = new World();
    world.subscribe();
    await world.greet();
    const call = await world.answer({}, 'a5');
    world.say({ action: 'resync', request_id: call['request_id'] ?? null, response_status: 200, errors: [], data: null }, 'a2');
    world.tell(call, 'create', { id: 1, name: 'x' }, 'a3');
    expect(world.told).toEqual(['resync null', 'create {"id":1,"name":"x"}']);
    await world.cut();
    await world.greet();
    expect(world.socket.last['$dcrf']).toEqual({ since: 'a3' });
  });

  test('may be told all at once', async () => {
    const world = new World();
    const subscription = world.subscribe();
    await world.greet();
    await world.answer({}, 'a1');
    await world.cut();
    await world.greet();
    const { request_id = null } = world.socket.last;
    world.say({ action: 'sub', request_id, response_status: 201, errors: [], data: { resumed: true, head: 'a2' } }, 'a1');
    world.tell({ request_id }, 'create', { id: 1, name: 'x' }, 'a2');
    world.socket.say({ action: '$position', $dcrf: { pos: 'a2' } });
    await settle();
    expect([subscription.status, subscription.resumed, world.told]).toEqual(['live', true, ['create {"id":1,"name":"x"}']]);
  });

  test('is not sent after it was ended', async () => {
    const world = new World();
    const subscription = world.subscribe();
    await settle();
    world.socket.accept();
    await settle();
    const hello = world.socket.last;
    const ended = subscription.unsubscribe();
    await settle();
    world.socket.refuse(world.socket.last, 404, ['Not found']);
    world.socket.answer(hello, { protocol: 1 });
    await ended;
    expect(world.socket.sent.map(({ action }) => action)).toEqual(['$hello', 'unsub']);
  });

  test('is told to read everything again where the log does not reach back', async () => {
    const world = new World();
    const subscription = world.subscribe();
    await world.greet();
    await world.answer({}, 'a1');
    await world.cut();
    await world.greet();
    await world.answer({ resumed: false, reason: 'retention' }, 'c7');
    expect([subscription.status, subscription.resumed, world.told]).toEqual(['live', false, ['resync null']]);
    await world.cut();
    await world.greet();
    expect(world.socket.last['$dcrf']).toEqual({ since: 'c7' });
  });

  test('begins where it was cut in the middle of what it had missed', async () => {
    const world = new World();
    const subscription = world.subscribe();
    await world.greet();
    await world.answer({}, 'a1');
    await world.cut();
    await world.greet();
    const call = await world.answer({ resumed: true, head: 'a9' }, 'a1');
    world.tell(call, 'update', { id: 1, name: 'y' }, 'a3');
    await world.cut();
    expect(subscription.status).toBe('lost');
    await world.greet();
    expect(world.socket.last['$dcrf']).toEqual({ since: 'a3' });
  });

  test('is as before on a server without a log', async () => {
    for (const status of [403, 405]) {
      const world = new World();
      const subscription = world.subscribe();
      await world.greet(status);
      expect(world.socket.last).not.toHaveProperty('$dcrf');
      world.socket.answer(world.socket.last, {}, 201);
      await settle();
      await world.cut();
      await world.greet(status);
      world.socket.answer(world.socket.last, {}, 201);
      await settle();
      expect([subscription.status, world.told]).toEqual(['live', ['resync null']]);
    }
  });

  test('waits for no answer of a server that gives none', async () => {
    const world = new World();
    world.subscribe();
    await settle();
    world.socket.accept();
    await settle();
    expect(world.socket.last['action']).toBe('$hello');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(world.socket.last['action']).toBe('sub');
    expect(world.socket.last).not.toHaveProperty('$dcrf');
  });

  test('is told nothing twice', async () => {
    const world = new World();
    world.subscribe();
    await world.greet();
    const call = await world.answer({}, 'a5');
    world.tell(call, 'update', { id: 1, name: 'old' }, 'a4');
    world.tell(call, 'update', { id: 1, name: 'new' }, 'a6');
    expect(world.told).toEqual(['update {"id":1,"name":"new"}']);
  });
});

describe('live rows of an observer with a log', () => {
  /** Live rows that have been read once. */
  async function begin(world: World): Promise<ReturnType<World['live']>> {
    const own = world.live();
    await world.greet();
    await world.answer({}, 'a1');
    world.socket.answer(world.socket.last, [{ id: 1, name: 'x' }]);
    await settle();
    expect([own.live.status, own.loads()]).toEqual(['live', 1]);
    return own;
  }

  test('are not read again after a gap that the log covers', async () => {
    const world = new World();
    const { live, loads } = await begin(world);
    await world.cut();
    expect(live.status).toBe('stale');
    await world.greet();
    const call = await world.answer({ resumed: true, head: 'a3' }, 'a1');
    world.tell(call, 'delete', { pk: 1 }, 'a2');
    world.tell(call, 'create', { id: 2, name: 'y' }, 'a3');
    expect(live.status).toBe('stale');
    world.socket.say({ action: '$position', $dcrf: { pos: 'a3' } });
    await settle();
    expect([live.status, live.rows, loads()]).toEqual(['live', [{ id: 2, name: 'y' }], 1]);
  });

  test('are read again where they were not up to date before', async () => {
    const world = new World();
    const { live, loads } = await begin(world);
    live.reload();
    expect(loads()).toBe(2);
    await world.cut();
    await world.greet();
    await world.answer({ resumed: true, head: 'a1' }, 'a1');
    expect(loads()).toBe(3);
    const reads = world.socket.sent.filter((frame) => frame['action'] === 'list');
    world.socket.answer(reads.at(-1) as Frame, [{ id: 3, name: 'z' }]);
    await settle();
    expect([live.status, live.rows]).toEqual(['live', [{ id: 3, name: 'z' }]]);
  });

  test('are read again after a gap that the log does not cover', async () => {
    const world = new World();
    const { live, loads } = await begin(world);
    await world.cut();
    await world.greet();
    await world.answer({ resumed: false, reason: 'epoch' }, 'b1');
    expect([live.status, loads()]).toEqual(['stale', 2]);
  });

  test('are read again if the rights may have changed meanwhile', async () => {
    const world = new World();
    const { live, loads } = await begin(world);
    await world.cut();
    await world.greet();
    await world.answer({ resumed: false, reason: 'rights' }, 'a9');
    expect([live.status, loads()]).toEqual(['stale', 2]);
    world.socket.answer(world.socket.last, []);
    await settle();
    expect([live.status, live.rows]).toEqual(['live', []]);
    await world.cut();
    await world.greet();
    expect(world.socket.last['$dcrf']).toEqual({ since: 'a9' });
  });

  test('are read again if the rights change, also after a gap before they were read', async () => {
    const world = new World();
    const { live, loads } = await begin(world);
    const { request_id = null } = world.socket.sent.find((frame) => frame['action'] === 'sub') as Frame;
    const gap = { action: 'resync', request_id, response_status: 200, errors: [], data: null };
    world.socket.say({ ...gap, $dcrf: { reason: 'rights', pos: 'a2' } });
    await settle();
    expect(loads()).toBe(2);
    // The log after the gap covers the time since, but not what the rows were before.
    await world.cut();
    await world.greet();
    expect(world.socket.last['$dcrf']).toEqual({ since: 'a2' });
    await world.answer({ resumed: true, head: 'a2' }, 'a2');
    const reads = world.socket.sent.filter((frame) => frame['action'] === 'list');
    expect(loads()).toBe(3);
    world.socket.answer(reads.at(-1) as Frame, [{ id: 2, name: 'y' }]);
    await settle();
    expect([live.status, live.rows]).toEqual(['live', [{ id: 2, name: 'y' }]]);
  });
});
