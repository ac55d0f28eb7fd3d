/** Connections that do not come about, are refused, or are given up and made anew. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import {
  CannotConnect,
  Client,
  Closed,
  NotAuthenticated,
  NotFound,
  PermissionDenied,
  TimedOut,
  ValidationError,
  type ClientOptions,
  type RowEvent,
  type Status,
} from '../../../templates/ts/core/index.ts';
import { Fake, rejection, settle, type Frame } from './fake.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const ANSWER = { errors: [], data: null, action: 'authenticate', request_id: 'authenticate' };

/** A client, and what it tells. */
function watched(options: ClientOptions = {}): { fake: Fake; errors: unknown[]; statuses: Status[] } {
  const fake = new Fake({ heartbeat: false, ...options });
  const [errors, statuses]: [unknown[], Status[]] = [[], []];
  fake.client.onError((error) => errors.push(error));
  fake.client.onStatus((status) => statuses.push(status));
  return { fake, errors, statuses };
}

function subscribe(fake: Fake, timeout?: number) {
  const to = { subscribe: 'sub', unsubscribe: 'unsub', events: ['create'], args: {} };
  return fake.rooms.subscribe<RowEvent<{ id: number }>>(to, () => undefined, { timeout });
}

/** Milliseconds between the next connects, when each of them comes to the same end. */
async function waits(fake: Fake, count: number, end: () => Promise<void> | void): Promise<number[]> {
  const found: number[] = [];
  for (let number = 0; number < count; number += 1) {
    await end();
    const before = fake.sockets.length;
    let waited = 0;
    for (; fake.sockets.length === before && waited < 120_000; waited += 50) await vi.advanceTimersByTimeAsync(50);
    found.push(waited);
  }
  return found;
}

const GROWING = [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000];

describe('waits grow until something was accepted', () => {
  test('over tokens that are refused in the first frame, and each refusal is told', async () => {
    const { fake, errors } = watched({ token: () => 'bad', tokenIn: 'frame' });
    fake.client.connect();
    await settle();
    const refuse = (): void => {
      fake.socket.accept().say({ ...ANSWER, response_status: 401, errors: ['Invalid token.'] }, null);
    };
    expect(await waits(fake, GROWING.length, refuse)).toEqual(GROWING);
    expect(errors).toHaveLength(GROWING.length);
    expect(errors[0]).toBeInstanceOf(NotAuthenticated);
    expect(String(errors[0])).toContain('Invalid token.');
    expect(fake.client.lastError).toBe(errors.at(-1));
    // One that is accepted is where it begins anew.
    fake.socket.accept().say({ ...ANSWER, response_status: 200 }, null);
    expect([fake.client.status, fake.client.lastError]).toEqual(['open', undefined]);
    expect(await waits(fake, 2, () => fake.socket.drop(4401, 'expired'))).toEqual([100, 200]);
  });

  test('over servers that close 4401 before they accept a token', async () => {
    const { fake, errors } = watched({ token: () => 't' });
    fake.client.connect();
    await settle();
    expect(await waits(fake, 4, () => fake.socket.accept().drop(4401, 'not authenticated'))).toEqual(GROWING.slice(0, 4));
    expect(errors).toEqual([]);
    expect(fake.client.lastClose).toEqual({ code: 4401, reason: 'not authenticated' });
  });

  test('over servers that only open', async () => {
    const { fake } = watched();
    fake.client.connect();
    await settle();
    expect(await waits(fake, 4, () => fake.socket.accept().drop(1011))).toEqual(GROWING.slice(0, 4));
    expect(await waits(fake, 1, () => fake.socket.accept().drop(1006))).toEqual([1600]);
    // An answered frame, even a refusal, is what counts.
    const served = (): void => {
      fake.socket.accept().refuse({ action: 'x', request_id: '0' }, 404, ['Not found']);
      fake.socket.drop();
    };
    expect(await waits(fake, 2, served)).toEqual([100, 100]);
  });

  test.each([1002, 1003, 1007, 1009])('over closes with %i, which object to a frame that would be sent again', async (code) => {
    const { fake } = watched();
    await fake.open();
    void subscribe(fake).ready.catch(() => undefined);
    const served = async (): Promise<void> => {
      if (fake.client.status === 'connecting') fake.socket.accept();
      fake.socket.refuse({ action: 'x', request_id: '0' }, 404, ['Not found']);
      fake.socket.drop(code);
    };
    expect(await waits(fake, 4, served)).toEqual(GROWING.slice(0, 4));
  });

  test('over tokens that cannot be had, and each failure is told', async () => {
    const { fake, errors, statuses } = watched({ token: () => Promise.reject(new Error('no token')), timeout: 5000 });
    const answer = rejection(fake.rooms.call('act', {}));
    await vi.advanceTimersByTimeAsync(100 + 200 + 400 + 800);
    expect(errors).toHaveLength(5);
    expect(errors[0]).toEqual(new Error('no token'));
    expect([fake.sockets.length, fake.client.lastError]).toEqual([0, new Error('no token')]);
    expect(statuses.slice(0, 3)).toEqual(['connecting', 'waiting', 'connecting']);
    await vi.advanceTimersByTimeAsync(5000);
    expect(await answer).toMatchObject({ name: 'TimedOut', cause: new Error('no token') });
    fake.client.close();
  });
});

describe.each([
  [1008, '', PermissionDenied],
  [3000, '', NotAuthenticated],
  [3003, 'no', PermissionDenied],
  [4400, 'no', ValidationError],
  [4401, 'revoked', NotAuthenticated],
  [4403, 'not allowed', PermissionDenied],
  [4404, '', NotFound],
])('a close with %i', (code, reason, type) => {
  test('is final: what waits fails at once, and nothing is tried before `connect()`', async () => {
    const { fake, errors, statuses } = watched();
    const socket = await fake.open();
    const known = subscribe(fake);
    socket.answer(socket.last, null, 201);
    await known.ready;
    const [write, read] = [rejection(fake.rooms.call('act', {})), rejection(fake.rooms.read('list', {}))];
    const asked = rejection(subscribe(fake).ready);
    socket.drop(code, reason);
    expect(await write).toBeInstanceOf(Closed);
    for (const error of [await read, await asked]) expect(error).toBeInstanceOf(type);
    expect([fake.client.status, statuses.at(-1)]).toEqual(['refused', 'refused']);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(type);
    expect([known.status, known.error, fake.client.lastError]).toEqual(['lost', errors[0], errors[0]]);
    expect(String(errors[0])).toContain(reason);

    await vi.advanceTimersByTimeAsync(600_000);
    expect(fake.sockets).toHaveLength(1);
    // What is asked for now fails at once, too.
    expect(await rejection(fake.rooms.read('list', {}))).toBe(errors[0]);
    expect(await rejection(subscribe(fake).ready)).toBe(errors[0]);
    expect(errors).toHaveLength(1);

    fake.client.connect();
    await settle();
    const again = fake.socket.accept();
    expect(again.sent.map((frame: Frame) => frame['request_id'])).toEqual([known.id]);
    again.answer(again.last, null, 201);
    await settle();
    expect([known.status, known.error]).toEqual(['live', undefined]);
    fake.client.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a close that leaves hope', () => {
  test('with 4401 asks for another token, at once if the last one was good', async () => {
    let number = 0;
    const { fake, errors } = watched({ token: () => `t${(number += 1)}`, tokenIn: 'frame' });
    await fake.open();
    fake.socket.say({ ...ANSWER, response_status: 200 }, null);
    const known = subscribe(fake);
    fake.socket.answer(fake.socket.last, null, 201);
    await known.ready;
    expect(await waits(fake, 1, () => fake.socket.drop(4401, 'expired'))).toEqual([100]);
    fake.socket.accept();
    expect(fake.socket.last['token']).toBe('t2');
    fake.socket.say({ ...ANSWER, response_status: 200 }, null);
    expect(fake.socket.last['action']).toBe('sub');
    expect(errors).toEqual([]);
  });

  test.each([1000, 1001, 1006, 1011, 1012, 1013, 4000, 4999])('with %i is tried again', async (code) => {
    const { fake } = watched();
    await fake.open();
    expect(await waits(fake, 1, () => fake.socket.drop(code))).toEqual([100]);
  });

  test('does not send a read again that was too large', async () => {
    const { fake } = watched();
    const socket = await fake.open();
    const read = rejection(fake.rooms.read('list', {}));
    socket.drop(1009);
    expect(await read).toMatchObject({ name: 'Closed', code: 1009, sent: true });
  });
});

describe('what can never work fails at once, with its cause', () => {
  test.each<[string, ClientOptions]>([
    ['no class of sockets', { WebSocket: undefined as never }],
    ['a class that takes no such address', { WebSocket: class { constructor() { throw new SyntaxError('no'); } } as never }],
    ['an address that is none', { url: 'not an address' }],
    ['no address where there is no page', { url: undefined as never }],
  ])('%s', async (_, options) => {
    vi.stubGlobal('WebSocket', undefined);
    const { fake, errors, statuses } = watched(options);
    const answers = [fake.rooms.read('list', {}), fake.rooms.call('act', {}), subscribe(fake).ready].map(rejection);
    await settle();
    for (const error of await Promise.all(answers)) expect(error).toBeInstanceOf(CannotConnect);
    expect(errors).toHaveLength(1);
    expect([statuses, vi.getTimerCount()]).toEqual([['connecting', 'refused'], 0]);
    expect(fake.client.lastError).toBe(errors[0]);
  });

  test('an address that somebody gives wrongly once is asked for again', async () => {
    const urls = ['nonsense', 'http://server'];
    const { fake, errors } = watched({ url: () => urls.shift() ?? '' });
    fake.client.connect();
    await settle();
    expect([fake.client.status, errors.length]).toEqual(['waiting', 1]);
    await vi.advanceTimersByTimeAsync(100);
    expect(fake.socket.url).toBe('ws://server/ws/');
  });
});

describe('what takes for ever', () => {
  test.each<[string, ClientOptions]>([
    ['a token', { token: () => new Promise(() => undefined) }],
    ['an address', { url: () => new Promise(() => undefined) }],
  ])('%s is given up, told, and asked for again', async (_, options) => {
    const { fake, errors, statuses } = watched({ ...options, connectTimeout: 1000, timeout: 5000 });
    const answer = rejection(fake.rooms.read('list', {}));
    await vi.advanceTimersByTimeAsync(999);
    expect(errors).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(errors[0]).toBeInstanceOf(TimedOut);
    expect(fake.client.status).toBe('waiting');
    await vi.advanceTimersByTimeAsync(4000);
    expect(await answer).toMatchObject({ name: 'TimedOut', cause: { name: 'TimedOut' } });
    expect(statuses.filter((status) => status === 'connecting').length).toBeGreaterThan(2);
  });

  test('a token that comes too late opens nothing', async () => {
    const give: ((token: string) => void)[] = [];
    const { fake } = watched({ token: () => new Promise<string>((resolve) => give.push(resolve)), connectTimeout: 1000 });
    fake.client.connect();
    await vi.advanceTimersByTimeAsync(1100);
    give[0]?.('late');
    await settle();
    expect(fake.sockets).toHaveLength(0);
    give[1]?.('in time');
    await settle();
    expect(fake.sockets.map((socket) => socket.url)).toEqual(['ws://server/ws/?token=in+time']);
  });

  test('the first frame is given up with the rest of the handshake', async () => {
    const { fake } = watched({ token: () => 't', tokenIn: 'frame', connectTimeout: 1000 });
    await fake.open();
    await vi.advanceTimersByTimeAsync(1000);
    expect(fake.client.status).toBe('waiting');
  });
});

test('a time-out names why there is no connection, as far as the socket says', async () => {
  const { fake } = watched({ timeout: 1000 });
  const [request, ready] = [rejection(fake.rooms.call('act', {})), rejection(subscribe(fake).ready)];
  await settle();
  const refused = new Error('connect ECONNREFUSED');
  (fake.socket.onerror as (event: object) => void)({ error: refused });
  fake.socket.drop();
  await vi.advanceTimersByTimeAsync(1000);
  for (const error of [await request, await ready]) {
    expect(error).toMatchObject({ name: 'TimedOut', cause: { name: 'DcrfError', cause: refused } });
  }
});

describe('frames that are none', () => {
  test('are told, before the token is accepted and after', async () => {
    const { fake, errors } = watched({ token: () => 't', tokenIn: 'frame' });
    const socket = await fake.open();
    socket.text('<html>');
    (socket.onmessage as (event: object) => void)({ data: new Uint8Array(3) });
    socket.say({ ...ANSWER, response_status: 200 }, null);
    socket.text('{');
    (socket.onmessage as (event: object) => void)({ data: new Uint8Array(3) });
    expect(errors.map((error) => (error as Error).name)).toEqual(Array(4).fill('ProtocolError'));
    expect(fake.client.status).toBe('open');
  });
});

describe('connect()', () => {
  test('ends a wait', async () => {
    const { fake } = watched({ backoff: { min: 60_000 } });
    const socket = await fake.open();
    socket.drop();
    fake.client.connect();
    fake.client.connect();
    await settle();
    expect(fake.sockets).toHaveLength(2);
    fake.socket.accept();
    fake.client.connect();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(fake.sockets).toHaveLength(2);
  });
});

describe('reconnect()', () => {
  test('makes another connection at once, with another token, and takes subscriptions along', async () => {
    let number = 0;
    const { fake, statuses } = watched({ token: () => `t${(number += 1)}` });
    const socket = await fake.open();
    const events: string[] = [];
    const known = subscribe(fake);
    known.onEvent((event) => events.push(event.action));
    socket.answer(socket.last, null, 201);
    await known.ready;
    const [write, read] = [rejection(fake.rooms.call('act', {})), fake.rooms.read('list', {})];
    fake.client.reconnect();
    expect(socket.closed).toMatchObject({ code: 1000 });
    await settle();
    expect(fake.socket.url).toContain('token=t2');
    const again = fake.socket.accept();
    expect(again.sent.map((frame) => frame['action'])).toEqual(['sub', 'list']);
    again.answer(again.sent[0] ?? {}, null, 201);
    again.answer(again.sent[1] ?? {}, []);
    expect(await read).toEqual([]);
    expect(await write).toMatchObject({ name: 'Closed', sent: true });
    expect(events).toEqual(['resync']);
    expect(statuses).toEqual(['connecting', 'open', 'connecting', 'open']);
  });

  test.each<Status>(['idle', 'connecting', 'waiting', 'refused', 'closed'])('connects when it is %s, unless that is closed', async (status) => {
    const { fake } = watched({ backoff: { min: 60_000 } });
    if (status !== 'idle' && status !== 'closed') fake.client.connect();
    await settle();
    if (status === 'waiting') fake.socket.drop();
    if (status === 'refused') fake.socket.accept().drop(4403);
    if (status === 'closed') fake.client.close();
    expect(fake.client.status).toBe(status);
    const before = fake.sockets.length;
    fake.client.reconnect();
    await settle();
    expect(fake.sockets).toHaveLength(status === 'closed' ? 0 : before + 1);
    fake.client.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('who is told of a change may change it', async () => {
  for (const change of ['close', 'connect', 'reconnect'] as const) {
    for (const code of [1006, 4403]) {
      const { fake } = watched();
      const socket = await fake.open();
      const known = subscribe(fake);
      socket.answer(socket.last, null, 201);
      await known.ready;
      let once = true;
      known.onStatus((status) => {
        if (status !== 'lost' || !once) return;
        once = false;
        fake.client[change]();
      });
      socket.drop(code);
      await settle();
      expect(fake.client.status).toBe(change === 'close' ? 'closed' : 'connecting');
      fake.client.close();
      expect(vi.getTimerCount()).toBe(0);
    }
  }
});

test('of several connections the one that is refused is what the client tells of', async () => {
  const { fake } = watched({ sockets: 'separate' });
  fake.client.connect();
  await settle();
  const [rooms, users] = fake.sockets;
  users?.accept();
  rooms?.accept().drop(4403);
  expect(fake.client.status).toBe('refused');
  expect(fake.client).toBeInstanceOf(Client);
});
