import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import {
  Closed,
  NotAuthenticated,
  NotFound,
  PermissionDenied,
  QueueFull,
  RequestError,
  ServerError,
  TimedOut,
  ValidationError,
  cursorPages,
  gather,
  offsetPages,
  streamedPages,
} from '../../../templates/ts/core/index.ts';
import { Fake, rejection, settle } from './fake.ts';
import { Random } from './random.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('requests', () => {
  test('are frames of their stream, and give the data of the answer', async () => {
    const fake = new Fake();
    const socket = await fake.open();
    const answer = fake.rooms.call('create', { data: { name: 'a' } });
    expect(socket.texts).toEqual([
      '{"stream":"rooms","payload":{"action":"create","request_id":"1","data":{"name":"a"}}}',
    ]);
    socket.answer(socket.last, { id: 1, name: 'a' }, 201);
    expect(await answer).toEqual({ id: 1, name: 'a' });
  });

  test('are answered in any order', async () => {
    const fake = new Fake();
    const socket = await fake.open();
    const [a, b] = [fake.rooms.read('retrieve', { pk: 1 }), fake.rooms.read('retrieve', { pk: 2 })];
    const [first, second] = socket.sent;
    socket.answer(second ?? {}, 'b');
    socket.answer(first ?? {}, 'a');
    expect(await Promise.all([a, b])).toEqual(['a', 'b']);
  });

  test.each([
    [400, ValidationError],
    [401, NotAuthenticated],
    [403, PermissionDenied],
    [404, NotFound],
    [405, RequestError],
    [500, ServerError],
    [503, ServerError],
  ])('refused with %i fail with an error of their own', async (status, type) => {
    const fake = new Fake();
    const socket = await fake.open();
    const answer = rejection(fake.rooms.call('act', {}));
    socket.refuse(socket.last, status, ['No.']);
    const error = await answer;
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ status, errors: ['No.'], action: 'act', stream: 'rooms', name: type.name });
    expect((error as Error).message).toBe(`rooms act: No. (${status})`);
  });

  test('that are wrong say so by field', async () => {
    const fake = new Fake();
    const socket = await fake.open();
    const answer = rejection(fake.rooms.call('create', { data: {} }));
    const errors = { name: ['This field is required.'], items: { 1: { sku: ['Bad.'] } }, non_field_errors: ['Both.'] };
    socket.refuse(socket.last, 400, [errors, 'A sentence.']);
    const error = (await answer) as ValidationError<'name'>;
    expect(error.fieldErrors).toEqual(errors);
    expect(error.fieldErrors.name).toEqual(['This field is required.']);
    expect(error.nonFieldErrors).toEqual(['A sentence.', 'Both.']);
  });

  test('have a time', async () => {
    const fake = new Fake({ timeout: 1000, heartbeat: false });
    const socket = await fake.open();
    const errors: unknown[] = [];
    fake.client.onError((error) => errors.push(error));
    const slow = rejection(fake.rooms.call('act', {}));
    const slower = fake.rooms.call('act', {}, { timeout: 5000 });
    await vi.advanceTimersByTimeAsync(1500);
    expect(await slow).toBeInstanceOf(TimedOut);
    // An answer that is late concerns nobody; a refusal is told.
    const [first, second] = socket.sent;
    socket.answer(first ?? {}, 'late');
    socket.refuse(first ?? {}, 403, ['Late.']);
    socket.answer(second ?? {}, 'in time');
    expect(await slower).toBe('in time');
    expect(errors).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('can be given up', async () => {
    const fake = new Fake();
    const socket = await fake.open();
    const stop = new AbortController();
    const answer = rejection(fake.rooms.call('act', {}, { signal: stop.signal }));
    stop.abort(new Error('enough'));
    expect(await answer).toEqual(new Error('enough'));
    expect(await rejection(fake.rooms.call('act', {}, { signal: stop.signal }))).toEqual(new Error('enough'));
    expect(socket.sent).toHaveLength(1);
  });

  test('wait for a connection, in their order, up to a number', async () => {
    const fake = new Fake({ queue: 2 });
    const answers = [fake.rooms.call('a', {}), fake.rooms.call('b', {})];
    expect(await rejection(fake.rooms.call('c', {}))).toBeInstanceOf(QueueFull);
    await settle();
    const socket = fake.socket.accept();
    expect(socket.sent.map((frame) => frame['action'])).toEqual(['a', 'b']);
    for (const frame of socket.sent) socket.answer(frame, frame['action'] ?? null);
    expect(await Promise.all(answers)).toEqual(['a', 'b']);
  });

  test('that wait too long for a connection fail', async () => {
    const fake = new Fake({ timeout: 1000 });
    const answer = rejection(fake.rooms.call('a', {}));
    await vi.advanceTimersByTimeAsync(1000);
    expect(await answer).toBeInstanceOf(TimedOut);
  });

  test('that were on their way when the connection was lost are known to be in doubt; reads are asked again', async () => {
    const fake = new Fake();
    const socket = await fake.open();
    const write = rejection(fake.rooms.call('create', {}));
    const read = fake.rooms.read('list', {});
    socket.drop(1012, 'restart');
    expect(await write).toMatchObject({ code: 1012, sent: true, name: 'Closed' });
    await vi.advanceTimersByTimeAsync(100);
    const again = fake.socket.accept();
    expect(again.sent.map((frame) => frame['action'])).toEqual(['list']);
    again.answer(again.last, []);
    expect(await read).toEqual([]);
  });

  test('end with the client', async () => {
    const fake = new Fake();
    const socket = await fake.open();
    const answer = rejection(fake.rooms.call('act', {}));
    fake.client.close(1000, 'bye');
    expect(await answer).toBeInstanceOf(Closed);
    expect(await rejection(fake.rooms.call('act', {}))).toBeInstanceOf(Closed);
    expect(socket.closed).toEqual({ code: 1000, reason: 'bye' });
    expect(fake.client.status).toBe('closed');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that are not answered are done when they are sent; what they are refused is told', async () => {
    const fake = new Fake();
    const socket = await fake.open();
    const errors: unknown[] = [];
    fake.client.onError((error) => errors.push(error));
    await fake.rooms.tell('wave', { hand: 'left' });
    expect(socket.last).toMatchObject({ action: 'wave', hand: 'left' });
    socket.refuse(socket.last, 403, ['No.']);
    expect(errors[0]).toBeInstanceOf(PermissionDenied);
  });

  test('answered with what is not JSON are told of', async () => {
    const fake = new Fake();
    const socket = await fake.open();
    const errors: unknown[] = [];
    fake.client.onError((error) => errors.push(error));
    socket.text('{"a": NaN}');
    expect(errors).toMatchObject([{ name: 'ProtocolError' }]);
  });

  test('an error without the action is that of the request with its id', async () => {
    const fake = new Fake();
    const socket = await fake.open();
    const answer = rejection(fake.rooms.call('act', {}));
    socket.say({ errors: ['Unknown stream.'], data: null, action: null, response_status: 404, request_id: '1' });
    expect(await answer).toBeInstanceOf(NotFound);
  });
});

describe('pages', () => {
  test('by offset are asked for one by one', async () => {
    const fake = new Fake();
    const socket = await fake.open();
    const rows = gather(offsetPages<number>(fake.rooms, { limit: 2 }));
    await settle();
    // Each begins with the last row of the one before.
    for (const [offset, limit, results] of [[0, 2, [1, 2]], [1, 3, [2, 3, 4]], [3, 3, [4, 5]]] as const) {
      expect(socket.last).toMatchObject(offset === 0 ? { limit } : { limit, offset });
      socket.answer(socket.last, { count: 5, results: [...results], limit, offset });
      await settle();
    }
    expect(await rows).toEqual([1, 2, 3, 4, 5]);
    expect(socket.sent).toHaveLength(3);
  });

  test.each([1, 2, 3, 7])('by offset of %i rows miss none that is there all the time, whatever is deleted meanwhile', async (limit) => {
    for (let seed = 0; seed < 300; seed += 1) {
      const random = new Random(seed);
      const fake = new Fake();
      const socket = await fake.open();
      // A server may have a maximum.
      const most = random.of([1, 2, 5, 100]);
      let list = random.list(random.whole(0, 12), () => 0).map((_, index) => index * 10);
      const [always, count] = [new Set(list.filter(() => random.chance(0.5))), list.length];
      const rows = gather(offsetPages<number>(fake.rooms, { limit }));
      let asked = 0;
      for (await settle(); socket.sent.length > asked; await settle()) {
        asked += 1;
        const offset = Number(socket.last['offset'] ?? 0);
        const size = Math.min(most, Number(socket.last['limit']));
        socket.answer(socket.last, { count: list.length, results: list.slice(offset, offset + size), limit: size, offset });
        // Pages of one row do not overlap: what is deleted between them is told of by events.
        if (most > 1) list = list.filter((row) => always.has(row) || random.chance(0.8));
        if (random.chance(0.2)) list = [...list, random.whole(0, 120) + 0.5].sort((a, b) => a - b);
      }
      const read = await rows;
      expect(read).toEqual(expect.arrayContaining([...always]));
      expect(asked).toBeLessThan(count * 4 + 60);
    }
  });

  test('by cursor end without a next one', async () => {
    const fake = new Fake();
    const socket = await fake.open();
    const rows = gather(cursorPages<number>(fake.rooms, {}));
    await settle();
    socket.answer(socket.last, { results: [1], next: 'c', previous: null });
    await settle();
    expect(socket.last['cursor']).toBe('c');
    socket.answer(socket.last, { results: [2], next: null, previous: 'p' });
    expect(await rows).toEqual([1, 2]);
  });

  test('that are streamed come as they come', async () => {
    const fake = new Fake();
    const socket = await fake.open();
    const rows = gather(streamedPages<number>(fake.rooms, { limit: 2 }));
    for (const offset of [0, 2]) socket.answer(socket.last, { count: 4, results: [offset, offset + 1], limit: 2, offset });
    expect(await rows).toEqual([0, 1, 2, 3]);
    expect(socket.sent).toHaveLength(1);
    // An error ends them where they are.
    const broken = rejection(gather(streamedPages<number>(fake.rooms, { limit: 2 })));
    socket.answer(socket.last, { count: 4, results: [0, 1], limit: 2, offset: 0 });
    socket.refuse(socket.last, 500, ['A server error occurred.']);
    expect(await broken).toBeInstanceOf(ServerError);
    // Of a lost connection the rest does not come.
    const lost = rejection(gather(streamedPages<number>(fake.rooms, { limit: 2 })));
    socket.drop();
    expect(await lost).toBeInstanceOf(Closed);
  });

  test('that nobody reads any more are not waited for', async () => {
    const fake = new Fake();
    const socket = await fake.open();
    for await (const page of pagesOf(fake, socket)) {
      expect(page.results).toEqual([1]);
      break;
    }
    expect(vi.getTimerCount()).toBe(1); // the heartbeat
  });
});

function pagesOf(fake: Fake, socket: { last: object; answer: (...args: never[]) => void }) {
  const pages = streamedPages<number>(fake.rooms, {});
  (socket.answer as (request: object, data: object) => void)(socket.last, { count: 9, results: [1], limit: 1, offset: 0 });
  return pages;
}
