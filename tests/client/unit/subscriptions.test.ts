import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import {
  Closed,
  Live,
  NotFound,
  PermissionDenied,
  TimedOut,
  orderOf,
  type RowEvent,
  type Subscription,
} from '../../../templates/ts/core/index.ts';
import { Fake, rejection, settle, type FakeSocket, type Frame } from './fake.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Row {
  readonly id: number;
  readonly name: string;
}

type Event = RowEvent<Row>;

const TO = { subscribe: 'sub', unsubscribe: 'unsub', events: ['create', 'update', 'delete'], args: { room: 1 } };

function subscribe(fake: Fake, callback?: (event: Event) => void, options = {}): Subscription<Event> {
  return fake.rooms.subscribe<Event>(TO, callback, options);
}

/** The frames of an action. */
function frames(socket: FakeSocket, action: string): Frame[] {
  return socket.sent.filter((frame) => frame['action'] === action);
}

async function live(fake: Fake, callback?: (event: Event) => void) {
  const socket = fake.sockets.length > 0 ? fake.socket : await fake.open();
  const subscription = subscribe(fake, callback);
  const frame = socket.last;
  socket.answer(frame, null, 201);
  await subscription.ready;
  return { socket, subscription, frame };
}

describe('a subscription', () => {
  test('is live when the server says so, and tells events', async () => {
    const fake = new Fake();
    const events: Event[] = [];
    const { socket, subscription, frame } = await live(fake, (event) => events.push(event));
    expect(frame).toEqual({ action: 'sub', request_id: subscription.id, room: 1 });
    expect(subscription.status).toBe('live');
    socket.tell(frame, 'create', { id: 1, name: 'a' });
    socket.tell(frame, 'delete', { id: 1, name: 'a' });
    expect(events.map((event) => event.action)).toEqual(['create', 'delete']);
    await settle();
    const ended = subscription.unsubscribe();
    expect(socket.last).toEqual({ action: 'unsub', request_id: subscription.id, room: 1 });
    socket.tell(frame, 'create', { id: 2, name: 'b' });
    socket.answer(socket.last, null, 204);
    await ended;
    expect(events).toHaveLength(2);
    expect(subscription.status).toBe('ended');
  });

  test('is an iterator, too, which has what came before it was read', async () => {
    const fake = new Fake();
    const { socket, subscription, frame } = await live(fake);
    for (const id of [1, 2, 3]) socket.tell(frame, 'create', { id, name: '' });
    const seen: number[] = [];
    for await (const event of subscription) {
      if (event.action !== 'create') continue;
      seen.push(event.data.id);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([1, 2, 3]);
    // Leaving the loop unsubscribes.
    expect(socket.last['action']).toBe('unsub');
  });

  test('that is read too slowly counts what it leaves out', async () => {
    const fake = new Fake();
    const { socket, subscription, frame } = await live(fake);
    for (let id = 0; id < 1030; id += 1) socket.tell(frame, 'create', { id, name: '' });
    const iterator = subscription[Symbol.asyncIterator]();
    const events: Event[] = [];
    for (let count = 0; count < 1025; count += 1) events.push((await iterator.next()).value as Event);
    expect(events[1023]).toMatchObject({ action: 'create', data: { id: 1023 } });
    expect(events[1024]).toEqual({ action: 'dropped', data: { count: 6 } });
  });

  test('comes back with the connection, and says that something may have been missed', async () => {
    const fake = new Fake();
    const events: Event[] = [];
    const { socket, subscription, frame } = await live(fake, (event) => events.push(event));
    const statuses: string[] = [];
    subscription.onStatus((status) => statuses.push(status));
    socket.drop(1012);
    expect(subscription.status).toBe('lost');
    await vi.advanceTimersByTimeAsync(100);
    const again = fake.socket.accept();
    expect(again.last).toEqual(frame);
    again.answer(frame, null, 201);
    await settle();
    expect(events).toEqual([{ action: 'resync', data: null }]);
    again.tell(frame, 'update', { id: 1, name: 'b' });
    expect(events).toHaveLength(2);
    expect(statuses).toEqual(['lost', 'pending', 'live']);
  });

  test('that is refused after a reconnect says so', async () => {
    const fake = new Fake();
    const { socket, subscription, frame } = await live(fake);
    socket.drop();
    await vi.advanceTimersByTimeAsync(100);
    fake.socket.accept().refuse(frame, 403, ['No.']);
    await settle();
    expect(subscription.status).toBe('failed');
    expect(subscription.error).toBeInstanceOf(PermissionDenied);
    expect(await rejection(subscription[Symbol.asyncIterator]().next())).toBeInstanceOf(PermissionDenied);
    // It is not asked for again.
    fake.socket.drop();
    await vi.advanceTimersByTimeAsync(1000);
    expect(fake.socket.accept().sent).toEqual([]);
  });

  test('is asked for again while the server is not ready', async () => {
    const fake = new Fake();
    const { socket, subscription, frame } = await live(fake);
    socket.drop();
    await vi.advanceTimersByTimeAsync(100);
    const again = fake.socket.accept();
    again.refuse(frame, 503, ['The broker does not answer.']);
    await vi.advanceTimersByTimeAsync(100);
    expect(frames(again, 'sub')).toHaveLength(2);
    again.answer(frame, null, 201);
    await settle();
    expect(subscription.status).toBe('live');
  });

  test('that is refused at first fails, and who does not ask is told', async () => {
    const fake = new Fake();
    const errors: unknown[] = [];
    fake.client.onError((error) => errors.push(error));
    const socket = await fake.open();
    const asked = subscribe(fake, () => undefined);
    const answer = rejection(asked.ready);
    socket.refuse(socket.last, 404, ['Not found']);
    expect(await answer).toBeInstanceOf(NotFound);
    expect(errors).toEqual([]);
    subscribe(fake, () => undefined);
    socket.refuse(socket.last, 404, ['Not found']);
    await settle();
    expect(errors).toHaveLength(1);
  });

  test('ends when the right to hear of it ends', async () => {
    const fake = new Fake();
    const events: Event[] = [];
    const { socket, subscription, frame } = await live(fake, (event) => events.push(event));
    socket.refuse({ ...frame, action: 'update' }, 403, ['No.']);
    expect(subscription.status).toBe('failed');
    socket.tell(frame, 'update', { id: 1, name: 'secret' });
    expect(events).toEqual([]);
  });

  test('is asked for and ended in the order of the calls', async () => {
    const fake = new Fake();
    const socket = await fake.open();
    const first = subscribe(fake, () => undefined);
    const early = rejection(first.ready);
    const ended = first.unsubscribe();
    const events: Event[] = [];
    const second = subscribe(fake, (event) => events.push(event));
    expect(socket.sent.map((frame) => [frame['action'], frame['request_id']])).toEqual([
      ['sub', first.id],
      ['unsub', first.id],
      ['sub', second.id],
    ]);
    const [sub, unsub, sub2] = socket.sent as [Frame, Frame, Frame];
    socket.answer(sub, null, 201);
    socket.tell(sub, 'create', { id: 1, name: '' });
    socket.answer(unsub, null, 204);
    await ended;
    expect(await early).toBeInstanceOf(Closed);
    socket.answer(sub2, null, 201);
    await second.ready;
    socket.tell(sub2, 'create', { id: 2, name: '' });
    expect(events).toMatchObject([{ data: { id: 2 } }]);
  });

  test('ended without a connection is never asked for', async () => {
    const fake = new Fake();
    const subscription = subscribe(fake, () => undefined);
    await subscription.unsubscribe();
    await settle();
    expect(fake.socket.accept().sent).toEqual([]);
  });

  test('that does not come about in time is given up, on the server, too', async () => {
    const fake = new Fake({ timeout: 1000, heartbeat: false });
    const socket = await fake.open();
    const subscription = subscribe(fake, () => undefined);
    const answer = rejection(subscription.ready);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await answer).toBeInstanceOf(TimedOut);
    expect(frames(socket, 'unsub')).toHaveLength(1);
    const offline = subscribe(new Fake({ timeout: 1000 }), () => undefined);
    const late = rejection(offline.ready);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await late).toBeInstanceOf(TimedOut);
  });

  test('can be given up', async () => {
    const fake = new Fake();
    const socket = await fake.open();
    const stop = new AbortController();
    const subscription = subscribe(fake, () => undefined, { signal: stop.signal });
    const answer = rejection(subscription.ready);
    stop.abort(new Error('enough'));
    expect(await answer).toEqual(new Error('enough'));
    expect(frames(socket, 'unsub')).toHaveLength(1);
  });

  test('with a filter tells it when it begins, and not when it ends', async () => {
    const fake = new Fake();
    const socket = await fake.open();
    const subscription = fake.rooms.subscribe<Event>({ ...TO, filter: { filter: { id__gt: 3 } } }, () => undefined);
    expect(socket.last).toEqual({ action: 'sub', request_id: subscription.id, room: 1, filter: { id__gt: 3 } });
    socket.answer(socket.last, null, 201);
    await subscription.ready;
    void subscription.unsubscribe();
    expect(socket.last).toEqual({ action: 'unsub', request_id: subscription.id, room: 1 });
  });

  test('one callback that throws concerns no other', async () => {
    const fake = new Fake();
    const events: Event[] = [];
    const { socket, subscription, frame } = await live(fake, () => {
      throw new Error('mine');
    });
    subscription.onEvent((event) => events.push(event));
    const uncaught = new Promise((resolve) => process.once('uncaughtException', resolve));
    const listeners = process.listeners('uncaughtException').slice(0, -1);
    for (const listener of listeners) process.removeListener('uncaughtException', listener);
    socket.tell(frame, 'create', { id: 1, name: '' });
    expect(events).toHaveLength(1);
    expect(await uncaught).toEqual(new Error('mine'));
    for (const listener of listeners) process.on('uncaughtException', listener);
  });
});

describe('messages', () => {
  test('of the application come by their names, frames of other shapes as they are', async () => {
    const fake = new Fake();
    const socket = await fake.open();
    const heard: unknown[] = [];
    const stop = fake.rooms.onEvent('update_users', (data) => heard.push(data));
    fake.rooms.onFrame((frame) => heard.push(frame));
    // Under the id of the request that joined the group.
    const join = fake.rooms.call('join', {});
    const request = socket.last;
    socket.tell(request, 'update_users', { room: 1 });
    socket.answer(request, null);
    await join;
    socket.tell(request, 'update_users', { room: 2 });
    socket.say({ usuarios: [] });
    socket.say({ usuarios: [] }, 'users');
    stop();
    socket.tell(request, 'update_users', { room: 3 });
    expect(heard).toEqual([{ room: 1 }, { room: 2 }, { usuarios: [] }]);
  });
});

describe('live rows', () => {
  function rowsOf(fake: Fake): Live<Row> {
    return new Live<Row>({
      subscribe: (callback) => subscribe(fake, callback as (event: Event) => void),
      load: () => fake.rooms.read<Row[]>('list', {}),
      key: (row) => row.id,
      compare: orderOf(['name', '-id']),
    });
  }

  async function begun() {
    const fake = new Fake();
    const socket = await fake.open();
    const live = rowsOf(fake);
    const sub = socket.last;
    socket.answer(sub, null, 201);
    await settle();
    return { fake, socket, live, sub };
  }

  test('are read once they are subscribed to, and changed by what came meanwhile', async () => {
    const { socket, live, sub } = await begun();
    expect(live.status).toBe('loading');
    const list = socket.last;
    expect(list['action']).toBe('list');
    socket.tell(sub, 'create', { id: 3, name: 'a' });
    socket.tell(sub, 'delete', { id: 1, name: 'x' });
    expect(live.rows).toEqual([]);
    socket.answer(list, [{ id: 1, name: 'x' }, { id: 2, name: 'z' }]);
    await live.ready;
    expect(live.rows).toEqual([{ id: 3, name: 'a' }, { id: 2, name: 'z' }]);
    socket.tell(sub, 'update', { id: 3, name: 'zz' });
    expect(live.rows.map((row) => row.id)).toEqual([2, 3]);
    // One that is out of sight has only its key.
    socket.tell(sub, 'delete', { pk: 2 });
    expect(live.rows.map((row) => row.id)).toEqual([3]);
    expect(live.snapshot()).toBe(live.snapshot());
  });

  test('are read again after a gap', async () => {
    const { fake, socket, live, sub } = await begun();
    socket.answer(socket.last, [{ id: 1, name: 'a' }]);
    await live.ready;
    const seen: string[] = [];
    live.subscribe(({ status, rows }) => seen.push(`${status} ${rows.length}`));
    socket.drop();
    await vi.advanceTimersByTimeAsync(16);
    await vi.advanceTimersByTimeAsync(100);
    const again = fake.socket.accept();
    again.answer(sub, null, 201);
    await settle();
    again.answer(again.last, [{ id: 1, name: 'a' }, { id: 2, name: 'b' }]);
    await settle();
    await vi.advanceTimersByTimeAsync(16);
    expect(seen).toEqual(['stale 1', 'live 2']);
    // What the server says of a gap, twice while the rows are being read: once more is enough.
    again.tell(sub, 'resync', null);
    await settle();
    const list = again.last;
    again.tell(sub, 'dropped', { count: 2 });
    again.answer(list, []);
    await settle();
    expect(live.status).toBe('stale');
    again.answer(again.last, [{ id: 9, name: 'c' }]);
    await settle();
    expect(live.status).toBe('live');
    expect(live.rows).toEqual([{ id: 9, name: 'c' }]);
  });

  test('that cannot be read fail, and leave nothing behind', async () => {
    const { socket, live } = await begun();
    const ready = rejection(live.ready);
    socket.refuse(socket.last, 403, ['No.']);
    expect(await ready).toBeInstanceOf(PermissionDenied);
    expect(live.snapshot()).toMatchObject({ status: 'failed', rows: [] });
    expect(socket.last['action']).toBe('unsub');
  });

  test('end', async () => {
    const { socket, live, sub } = await begun();
    socket.answer(socket.last, []);
    await live.ready;
    const closed = live.close();
    expect(socket.last['action']).toBe('unsub');
    socket.answer(socket.last, null, 204);
    await closed;
    socket.tell(sub, 'create', { id: 1, name: '' });
    expect(live.rows).toEqual([]);
    expect(live.status).toBe('closed');
  });

  test('are ordered as the server orders them', () => {
    const order = orderOf<{ a: string | null; b: number }>(['a', '-b']);
    const rows = [{ a: 'z', b: 1 }, { a: '\u{1F600}', b: 1 }, { a: '\uFF5E', b: 1 }, { a: null, b: 1 }, { a: null, b: 2 }];
    expect([...rows].sort(order)).toEqual([rows[4], rows[3], rows[0], rows[2], rows[1]]);
  });
});
