/**
 * The client of a definition whose names all mean something somewhere, on a server that is generated from the same:
 * `tests/e2e` generates both from `tests/hostile/names.txt`.
 */

import { readFileSync } from 'node:fs';

import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { HostileLiveClient, type All, type Word, type WordsCreate } from '../generated/hostile-live/src/index.ts';
import { Server, setting } from '../server/process.ts';

const names = readFileSync(new URL('../../hostile/names.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));
/** An object with every name, `__proto__` among them: each has itself as its value. */
const own = Object.fromEntries(names.map((name) => [name, name])) as object;
/** What every consumer with actions has beside: an action may be called so, too. */
const FRAMES = 'onFrame';
const server = new Server(setting('DCRF_HOSTILE'));
let client: HostileLiveClient;

/** What an object has, by its name: a member of `__proto__` is none of its prototype's. */
const values = (row: object): string[] =>
  names.map((name) => String(Object.getOwnPropertyDescriptor(row, name)?.value));

/** The methods of a consumer that its definition asks for. */
const methods = (consumer: object): string[] =>
  Object.getOwnPropertyNames(Object.getPrototypeOf(consumer))
    .filter((method) => method !== 'constructor' && method !== FRAMES);

beforeAll(async () => {
  await server.start();
  client = new HostileLiveClient({ url: server.url, WebSocket });
});
afterAll(async () => {
  client.close();
  await server.stop();
});

test('every name is a stream', async () => {
  const streams = Object.values(client).filter((member) => member?.constructor.name.startsWith('Stream')) as {
    list(): Promise<unknown[]>;
  }[];
  expect(streams.length).toBe(names.length);
  for (const stream of streams) expect(await stream.list()).toEqual([]);
});

test('every name is an action, and a property of what it takes and gives', async () => {
  type Action = (input: All) => Promise<object>;
  const acting = client.acting as unknown as Record<string, Action>;
  const actions = methods(acting);
  expect(actions.length).toBe(names.length);
  const answers = await Promise.all(actions.map((action) => acting[action]?.call(acting, own as All)));
  for (const answer of answers) expect(values(answer ?? {})).toEqual(names);
  expect('then' in acting).toBe(false);
});

test('every name is a column', async () => {
  const row = await client.words.create(own as WordsCreate);
  expect(values(row)).toEqual(names);
  expect(values((await client.words.list())[0] ?? {})).toEqual(names);
});

test('every name is a value', async () => {
  for (const name of names as Word[]) {
    expect((await client.acting.as({ value_of_all: name } as unknown as All)).value_of_all).toBe(name);
  }
});

test('every name is an event', async () => {
  const heard = new Set<string>();
  await client.telling.hear();
  type Listen = (listener: (event: object) => void) => void;
  const telling = client.telling as unknown as Record<string, Listen>;
  for (const listen of methods(telling).filter((method) => !['hear', 'tell'].includes(method))) {
    telling[listen]?.call(telling, (event) => {
      heard.add(listen);
      expect(values(event)).toEqual(names);
    });
  }
  await client.telling.tell(own as All);
  await expect.poll(() => heard.size).toBe(names.length);
});
