import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { DcrfError, type Status } from '../../../templates/ts/core/index.ts';
import { wait } from '../../../templates/ts/core/clock.ts';
import { Fake, rejection, settle } from './fake.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('waits grow to a limit, and are left to chance in part', () => {
  const backoff = { min: 100, max: 1000, factor: 2, jitter: 0.5 };
  for (const [tries, longest] of [[0, 100], [1, 200], [3, 800], [4, 1000], [5000, 1000]] as const) {
    for (const chance of [0, 0.5, 1]) {
      const random = vi.spyOn(Math, 'random').mockReturnValue(chance);
      expect(wait(backoff, tries)).toBe(longest * (1 - chance / 2));
      random.mockRestore();
    }
  }
});

describe('a connection', () => {
  test('is made when it is first used, to the address of the server', async () => {
    const fake = new Fake({ url: 'https://server/api/', protocols: ['a'] });
    expect(fake.client.status).toBe('idle');
    expect(fake.sockets).toHaveLength(0);
    void fake.rooms.read('list', {}).catch(() => undefined);
    await settle();
    expect(fake.socket.url).toBe('wss://server/api/ws/');
    expect(fake.socket.protocols).toEqual(['a']);
    fake.client.close();
  });

  test('comes back, later each time, and at once when it was good', async () => {
    const fake = new Fake({ heartbeat: { idle: 1e6 } });
    const seen: Status[] = [];
    fake.client.onStatus((status) => seen.push(status));
    await fake.open();
    fake.socket.drop(1012, 'restart');
    expect(fake.client.lastClose).toEqual({ code: 1012, reason: 'restart' });
    for (const [tries, delay] of [[2, 100], [3, 200], [4, 400]] as const) {
      await vi.advanceTimersByTimeAsync(delay - 1);
      expect(fake.sockets).toHaveLength(tries - 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(fake.sockets).toHaveLength(tries);
      if (tries < 4) fake.socket.drop();
    }
    fake.socket.accept();
    expect(seen).toEqual([
      'connecting', 'open', 'waiting', 'connecting', 'waiting', 'connecting', 'waiting', 'connecting', 'open',
    ]);
    // Who was served begins anew.
    fake.socket.say({});
    fake.socket.drop();
    await vi.advanceTimersByTimeAsync(100);
    expect(fake.sockets).toHaveLength(5);
    fake.client.close();
  });

  test('comes back when a server that restarts says so', async () => {
    const fake = new Fake({ heartbeat: { idle: 1e6 } });
    await fake.open();
    fake.socket.drop(1012, 'the server restarts; retry in 2345 ms');
    await vi.advanceTimersByTimeAsync(2344);
    expect(fake.sockets).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(fake.sockets).toHaveLength(2);
    // Only the server that restarts, and nothing beyond its five digits.
    for (const [code, reason] of [[1001, 'retry in 9999 ms'], [1012, 'retry in 100000000 ms']] as const) {
      fake.socket.accept();
      fake.socket.say({});
      fake.socket.drop(code, reason);
      const before = fake.sockets.length;
      await vi.advanceTimersByTimeAsync(100);
      expect(fake.sockets).toHaveLength(before + 1);
    }
    fake.client.close();
  });

  test('that does not come about in time is given up', async () => {
    const fake = new Fake({ connectTimeout: 1000 });
    fake.client.connect();
    await settle();
    const first = fake.socket;
    await vi.advanceTimersByTimeAsync(1100);
    expect(first.closed).toBeDefined();
    expect(fake.sockets).toHaveLength(2);
    fake.client.close();
  });

  test('asks for a token each time, for the URL', async () => {
    let count = 0;
    const fake = new Fake({ token: async () => `t&${(count += 1)}` });
    await fake.open();
    expect(fake.socket.url).toBe('ws://server/ws/?token=t%261');
    fake.socket.drop();
    await vi.advanceTimersByTimeAsync(100);
    expect(fake.socket.url).toBe('ws://server/ws/?token=t%262');
    fake.client.close();
  });

  test('or sends it first, and nothing before it is accepted', async () => {
    const fake = new Fake({ token: () => 'secret', tokenIn: 'frame' });
    const answer = fake.rooms.read('list', {});
    await settle();
    const socket = fake.socket.accept();
    expect(socket.texts).toEqual(['{"action":"authenticate","request_id":"authenticate","token":"secret"}']);
    const accepted = { errors: [], data: null, action: 'authenticate', response_status: 200, request_id: 'authenticate' };
    socket.say(accepted, null);
    expect(socket.last['action']).toBe('list');
    socket.answer(socket.last, []);
    expect(await answer).toEqual([]);
    // A token that is refused is asked for anew.
    socket.drop(4401, 'expired');
    await vi.advanceTimersByTimeAsync(100);
    fake.socket.accept().say({ ...accepted, response_status: 401, errors: ['No.'] }, null);
    expect(fake.client.status).toBe('waiting');
    expect(fake.client.lastError).toMatchObject({ name: 'NotAuthenticated' });
    fake.client.close();
  });

  test('without a token from who should give one is tried again', async () => {
    let fails = true;
    const fake = new Fake({
      token: () => {
        if (fails) throw new Error('no token now');
        return 't';
      },
    });
    fake.client.connect();
    await settle();
    expect(fake.client.lastError).toEqual(new Error('no token now'));
    fails = false;
    await vi.advanceTimersByTimeAsync(100);
    expect(fake.sockets).toHaveLength(1);
    fake.client.close();
  });

  test('that is silent is asked for a sign of life, and dropped without one', async () => {
    const fake = new Fake({ heartbeat: { idle: 1000, timeout: 500 } });
    const socket = await fake.open();
    await vi.advanceTimersByTimeAsync(1000);
    expect(socket.last['action']).toBe('heartbeat');
    socket.refuse(socket.last, 405, ['Method "heartbeat" not allowed.']);
    await vi.advanceTimersByTimeAsync(999);
    expect(socket.sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(501);
    expect(fake.client.status).toBe('waiting');
    expect(socket.closed).toBeDefined();
    fake.client.close();
  });

  test('closed while a token is on its way is not opened', async () => {
    let give: (token: string) => void = () => undefined;
    const fake = new Fake({ token: () => new Promise<string>((resolve) => (give = resolve)) });
    fake.client.connect();
    fake.client.close();
    give('t');
    await settle();
    expect(fake.sockets).toHaveLength(0);
  });

  test('of each consumer, if that is wanted', async () => {
    const fake = new Fake({ sockets: 'separate' });
    const answer = fake.rooms.read('list', {});
    await settle();
    expect(fake.sockets.map((socket) => socket.url)).toEqual(['ws://server/ws/rooms/']);
    const socket = fake.socket.accept();
    expect(socket.texts).toEqual(['{"action":"list","request_id":"1"}']);
    socket.say({ errors: [], data: [], action: 'list', response_status: 200, request_id: '1' }, null);
    expect(await answer).toEqual([]);
    expect(fake.client.status).toBe('open');
    fake.client.close();
  });

  test('without a class of sockets says what to do', async () => {
    vi.stubGlobal('WebSocket', undefined);
    const { Client } = await import('../../../templates/ts/core/index.ts');
    const client = new Client({ url: 'http://server', timeout: 10 }, { rooms: '/' });
    const answer = rejection(client.endpoint('rooms').read('list', {}));
    await vi.advanceTimersByTimeAsync(10);
    expect(await answer).toBeInstanceOf(DcrfError);
    expect(String(client.lastError)).toContain('package `ws`');
    client.close();
    vi.unstubAllGlobals();
  });
});
