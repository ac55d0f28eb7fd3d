/** What a client does when a page wakes, when credentials change, and with what would be lost. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { CannotConnect, Live, exactIntegers, type ClientOptions, type RowEvent } from '../../../templates/ts/core/index.ts';
import { Fake, rejection, settle } from './fake.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A page that is shown or not. */
function page(): { tell: (type: string, state?: string) => void } {
  const target = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  vi.stubGlobal('document', document);
  vi.stubGlobal('addEventListener', target.addEventListener.bind(target));
  vi.stubGlobal('removeEventListener', target.removeEventListener.bind(target));
  return {
    tell: (type, state = 'visible') => {
      document.visibilityState = state;
      (type === 'online' ? target : document).dispatchEvent(new Event(type));
    },
  };
}

const TO = { subscribe: 'sub', unsubscribe: 'unsub', events: ['update'], args: {} };

function rows(fake: Fake): Live<{ id: number }> {
  return new Live<{ id: number }>({
    subscribe: (callback, request) => fake.rooms.subscribe<RowEvent<{ id: number }>>(TO, callback, request),
    load: (signal) => fake.rooms.read('list', {}, { signal }),
    key: (row) => row.id,
  });
}

describe.each(['online', 'visibilitychange'])('at `%s`', (type) => {
  test('an open connection is asked for a sign of life, and dropped without one', async () => {
    const { tell } = page();
    const fake = new Fake();
    const socket = await fake.open();
    tell(type);
    tell(type);
    expect(socket.sent.map(({ action }) => action)).toEqual(['heartbeat']);
    socket.refuse(socket.last, 405, ['no']);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(fake.client.status).toBe('open');
    tell(type);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(fake.client.status).not.toBe('open');
    fake.client.close();
    tell(type);
    expect(fake.sockets).toHaveLength(1);
  });

  test('a wait ends', async () => {
    const { tell } = page();
    const fake = new Fake({ backoff: { min: 60_000, jitter: 0 } });
    (await fake.open()).drop();
    tell('visibilitychange', 'hidden');
    await settle();
    expect(fake.sockets).toHaveLength(1);
    tell(type);
    await settle();
    expect(fake.sockets).toHaveLength(2);
  });
});

test('`retry()` of rows that are being read asks the server for a sign of life', async () => {
  const fake = new Fake();
  const socket = await fake.open();
  const live = rows(fake);
  live.retry();
  expect(socket.last['action']).toBe('heartbeat');
});

describe('a session that ended', () => {
  test.each<[string, ClientOptions['session'], string]>([
    ['is told by who knows', () => false, 'refused'],
    ['is not assumed', () => true, 'waiting'],
    ['is not assumed if nobody answers', () => Promise.reject(new Error('away')), 'waiting'],
    ['is not assumed if that fails', () => { throw new Error('no'); }, 'waiting'],
  ])('%s, after a handshake that failed', async (_, session, status) => {
    const fake = new Fake({ session: session as () => boolean });
    const errors: unknown[] = [];
    fake.client.onError((error) => errors.push(error));
    fake.client.connect();
    await settle();
    fake.socket.drop();
    await settle();
    expect([fake.client.status, errors.map((error) => (error as Error).name)]).toEqual([status, status === 'refused' ? ['NotAuthenticated'] : []]);
    fake.client.close();
  });

  test('is not asked about when an open connection is lost', async () => {
    const session = vi.fn(() => false);
    const fake = new Fake({ session });
    (await fake.open()).drop();
    await settle();
    expect([fake.client.status, session.mock.calls.length]).toEqual(['waiting', 0]);
    fake.client.close();
  });

  test('is told by `token`, too', async () => {
    const fake = new Fake({ token: () => Promise.reject(new CannotConnect('log in')) });
    fake.client.connect();
    await settle();
    expect([fake.client.status, String(fake.client.lastError)]).toEqual(['refused', 'CannotConnect: log in']);
  });
});

describe('other credentials', () => {
  test('bring back rows that were refused', async () => {
    const fake = new Fake();
    const socket = await fake.open();
    const live = rows(fake);
    socket.refuse(socket.last, 403, ['No.']);
    await settle();
    expect(live.status).toBe('failed');
    fake.client.reconnect();
    await settle();
    const again = fake.socket.accept();
    again.answer(again.last, null, 201);
    await settle();
    again.answer(again.last, [{ id: 1 }]);
    await settle();
    expect([live.status, live.rows]).toEqual(['live', [{ id: 1 }]]);
  });

  test('of another user show nothing of the former one, and send nothing of theirs', async () => {
    const fake = new Fake();
    const socket = await fake.open();
    const live = rows(fake);
    socket.answer(socket.last, null, 201);
    await settle();
    socket.answer(socket.last, [{ id: 1 }]);
    await settle();
    socket.drop();
    const write = rejection(fake.rooms.call('act', {}));
    fake.client.reconnect({ forget: true });
    expect([live.rows, live.status]).toEqual([[], 'loading']);
    expect(await write).toMatchObject({ name: 'Closed', sent: false });
    await settle();
    expect(fake.socket.accept().sent.map(({ action }) => action)).toEqual(['sub']);
  });
});

describe('what would be lost', () => {
  test('goes to the logger if nobody listens', async () => {
    const error = vi.fn();
    const fake = new Fake({ logger: { error } });
    (await fake.open()).text('garbage');
    expect(error).toHaveBeenCalledTimes(1);
    const heard: unknown[] = [];
    fake.client.onError((error) => heard.push(error));
    fake.socket.text('garbage');
    expect([error.mock.calls.length, heard.length]).toEqual([1, 1]);
  });

  test('is said in detail with `debug`, but no token', async () => {
    const said: unknown[][] = [];
    const token = 'very-secret';
    const fake = new Fake({ debug: true, logger: { debug: (...details) => said.push(details) }, token: () => token, tokenIn: 'frame' });
    const socket = await fake.open();
    socket.say({ errors: [], data: null, action: 'authenticate', response_status: 200, request_id: 'authenticate' }, null);
    void fake.rooms.call('act', {}).catch(() => undefined);
    const text = JSON.stringify(said);
    expect(text).toContain('authenticating -> open');
    expect(text).toContain('act');
    expect(text).not.toContain(token);
  });
});

describe('integers beyond 2^53', () => {
  const text = '{"a":9007199254740993,"b":[-9223372036854775808,1,2.5,1e20,12345678901234567.5],"c":"9007199254740993 \\" 12345678901234567","d":9007199254740991}';

  test('keep their digits as `bigint`', () => {
    const json = exactIntegers('bigint');
    expect(json.parse(text)).toEqual({
      a: 9_007_199_254_740_993n,
      b: [-9_223_372_036_854_775_808n, 1, 2.5, 1e20, 12345678901234567.5],
      c: '9007199254740993 " 12345678901234567',
      d: 9_007_199_254_740_991,
    });
    expect(json.stringify({ a: 9_007_199_254_740_993n, b: ['1', 1, -5n] })).toBe('{"a":9007199254740993,"b":["1",1,-5]}');
    expect(() => json.parse('{')).toThrow(SyntaxError);
  });

  test('or as text', () => {
    expect(exactIntegers('text').parse('[9007199254740993,7]')).toEqual(['9007199254740993', 7]);
  });

  test('go through the client', async () => {
    const fake = new Fake({ json: exactIntegers('bigint') });
    const socket = await fake.open();
    const answer = fake.rooms.read('retrieve', { pk: 9_007_199_254_740_993n });
    expect(socket.texts.at(-1)).toContain('"pk":9007199254740993');
    socket.text(`{"stream":"rooms","payload":{"errors":[],"data":{"id":9007199254740993},"action":"retrieve","response_status":200,"request_id":"1"}}`);
    expect(await answer).toEqual({ id: 9_007_199_254_740_993n });
  });
});
