// The client of a definition whose names are words of JavaScript; `tests/run client` generates it.

import { expect, test } from 'vitest';

import { HostileWordsClient } from '../generated/hostile-words/src/index.ts';
import { FakeSocket } from './fake.ts';

const WebSocket = class extends FakeSocket {
  static readonly all: FakeSocket[] = [];

  constructor(url: string, protocols?: string[]) {
    super(url, protocols);
    WebSocket.all.push(this);
  }
};

const client = new HostileWordsClient({ url: 'ws://test', WebSocket: WebSocket as never });

test('streams have the names of what every object has', () => {
  for (const stream of ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'valueOf', 'then']) {
    expect(client.endpoint(stream)).toBeDefined();
  }
  expect(client.proto.constructor.name).toBe('StreamProto');
  expect(String(client)).toBe('[object Object]');
});

test('nothing is taken for a promise', async () => {
  expect('then' in client).toBe(false);
  expect('then' in client.acting).toBe(false);
  expect(await client.acting).toBe(client.acting);
});

test('actions and arguments keep their names on the wire', async () => {
  void client.acting.thenAction();
  const input = JSON.parse('{"__proto__": "a", "toString": "b"}') as object;
  void client.taking.take(input as never);
  await new Promise((resolve) => setTimeout(resolve));
  const socket = WebSocket.all.at(-1);
  socket?.accept();
  await new Promise((resolve) => setTimeout(resolve));
  const [first, second] = (socket?.texts ?? []).map((text) => JSON.parse(text) as { payload: object });
  expect(first?.payload).toMatchObject({ action: 'then' });
  expect(Object.keys(second?.payload ?? {})).toEqual(['action', 'request_id', '__proto__', 'toString']);
});
