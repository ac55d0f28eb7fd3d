/**
 * The generated client against a server that is generated from the same definition, and against the original: Django
 * Channels REST Framework under uvicorn. Both serve the streams of `tests/conformance`.
 */

import { execFileSync } from 'node:child_process';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import {
  ConformanceClient,
  Live,
  NotFound,
  PermissionDenied,
  RequestError,
  ValidationError,
  gather,
  orderOf,
  type ClientOptions,
  type Comment,
  type User,
} from '../generated/conformance/src/index.ts';
import { Server, setting } from './process.ts';
import { targets, type Target } from './targets.ts';

describe.each<Target>(targets())('$name', (target) => {
  let client: ConformanceClient;
  let count = 0;
  const connect = (options: ClientOptions = {}): ConformanceClient =>
    new ConformanceClient({ url: target.url, WebSocket, ...options });

  beforeAll(async () => {
    await target.start();
    client = connect();
  });
  afterAll(async () => {
    client.close();
    await target.stop();
  });

  /** A user whom no other test has. */
  async function someone(): Promise<User> {
    count += 1;
    const username = `user-${count}`;
    return client.usersCrud.create({ username, email: `${username}@example.com`, password: 'secret' });
  }

  test('rows are made, read, changed and deleted', async () => {
    const user = await someone();
    expect(user).toEqual({ id: user.id, username: user.username, email: `${user.username}@example.com` });
    expect(await client.usersCrud.retrieve(user.id)).toEqual(user);
    expect(await client.usersCrud.list()).toContainEqual(user);
    const patched = await client.usersCrud.patch(user.id, { email: 'new@example.com' });
    expect(patched).toEqual({ ...user, email: 'new@example.com' });
    const updated = await client.usersCrud.update(user.id, { username: user.username, email: '', password: 'x' });
    expect(updated.email).toBe('');
    expect(await client.usersCrud.delete(user.id)).toBeNull();
    await expect(client.usersCrud.retrieve(user.id)).rejects.toBeInstanceOf(NotFound);
  });

  test('what is wrong is said by field', async () => {
    const user = await someone();
    const wrong = client.usersCrud.create({ username: user.username, email: 'no', password: 'x' });
    const error = await wrong.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ValidationError);
    expect((error as ValidationError).fieldErrors).toEqual({
      username: ['A user with that username already exists.'],
      email: ['Enter a valid email address.'],
    });
  });

  test('an action that is not there is refused, and the socket lives on', async () => {
    await expect(client.endpoint('users_crud').call('nothing', {})).rejects.toMatchObject({ status: 405 });
    await expect(client.endpoint('users_crud').call('nothing', {})).rejects.toBeInstanceOf(RequestError);
    expect(client.status).toBe('open');
  });

  test('pages are read one by one, and streamed', async () => {
    for (let index = 0; index < 5; index += 1) await someone();
    const all = await gather(client.usersPaginated.pages({ limit: 2 }));
    const page = await client.usersPaginated.list({ limit: 2, offset: 1 });
    expect(page).toEqual({ count: all.length, results: all.slice(1, 3), limit: 2, offset: 1 });
    expect(await client.usersStreamed.list({ limit: 2 })).toEqual(all);
    const sizes: number[] = [];
    for await (const { results } of client.usersStreamed.pages({ limit: 2 })) sizes.push(results.length);
    expect(sizes.reduce((a, b) => a + b)).toBe(all.length);
    expect(all.length).toBeGreaterThanOrEqual(5);
  });

  test('one row is heard of', async () => {
    const user = await someone();
    const subscription = client.usersObserve.subscribe(user.id);
    await subscription.ready;
    await client.usersCrud.patch(user.id, { email: 'heard@example.com' });
    await client.usersCrud.delete(user.id);
    const events = [];
    for await (const event of subscription) {
      events.push(event);
      if (event.action === 'delete') break;
    }
    expect(events).toEqual([
      { action: 'update', data: { ...user, email: 'heard@example.com' } },
      { action: 'delete', data: { pk: user.id } },
    ]);
    await expect(client.usersObserve.subscribe(999_999).ready).rejects.toBeInstanceOf(NotFound);
  });

  test('the rows of a group are heard of, by everybody who subscribed, and not after', async () => {
    const [user, stranger] = [await someone(), await someone()];
    const other = connect();
    const heard: unknown[] = [];
    const done = withResolvers();
    const subscription = other.commentsFiltered.commentActivity({ user_pk: user.id }, (event) => {
      heard.push([event.action, (event.data as Comment | null)?.text]);
      if (event.action === 'delete') done.resolve(undefined);
    });
    await subscription.ready;
    const comment = await client.commentsFiltered.create({ text: 'one', user: user.id });
    await client.commentsFiltered.create({ text: 'not theirs', user: stranger.id });
    await client.commentsFiltered.patch(comment.id, { text: 'two' });
    await client.commentsFiltered.delete(comment.id);
    await done.promise;
    expect(heard).toEqual([['create', 'one'], ['update', 'two'], ['delete', 'two']]);
    await subscription.unsubscribe();
    await client.commentsFiltered.create({ text: 'late', user: user.id });
    // What comes on one connection comes in order: after the answer nothing is on its way.
    await other.commentsFiltered.list();
    expect(heard).toHaveLength(3);
    other.close();
  });

  test('subscribing, unsubscribing and subscribing again leaves one subscription', async () => {
    const user = await someone();
    const events: string[] = [];
    const first = client.usersObserve.subscribe(user.id, () => events.push('first'));
    const early = first.ready.catch(() => 'never live');
    const ended = first.unsubscribe();
    const heard = withResolvers();
    const second = client.usersObserve.subscribe(user.id, () => {
      events.push('second');
      heard.resolve(undefined);
    });
    await Promise.all([early, ended, second.ready]);
    await client.usersCrud.patch(user.id, { email: 'again@example.com' });
    await heard.promise;
    expect(events).toEqual(['second']);
    await second.unsubscribe();
  });

  test('rows stay up to date', async () => {
    const user = await someone();
    const first = await client.commentsFiltered.create({ text: 'a', user: user.id });
    const other = connect();
    const live = new Live<Comment>({
      subscribe: (callback, options) => other.commentsFiltered.commentActivity({ user_pk: user.id }, callback, options),
      load: async (signal) => (await other.commentsFiltered.list({ signal })).filter((comment) => comment.user === user.id),
      key: (comment) => comment.id,
      compare: orderOf(['id']),
    });
    await live.ready;
    const texts = (): string[] => live.rows.map((comment) => comment.text);
    expect(texts()).toEqual(['a']);
    const second = await client.commentsFiltered.create({ text: 'b', user: user.id });
    await expect.poll(texts).toEqual(['a', 'b']);
    await client.commentsFiltered.patch(first.id, { text: 'c' });
    await client.commentsFiltered.delete(second.id);
    await expect.poll(texts).toEqual(['c']);
    await live.close();
    other.close();
  });

  test('each consumer may have a socket of its own', async () => {
    const separate = connect({ sockets: 'separate' });
    const user = await someone();
    const subscription = separate.usersObserve.subscribe(user.id);
    await subscription.ready;
    await separate.usersCrud.patch(user.id, { email: 'own@example.com' });
    for await (const event of subscription) {
      expect(event).toEqual({ action: 'update', data: { ...user, email: 'own@example.com' } });
      break;
    }
    separate.close();
  });

  test('a heartbeat is answered', async () => {
    let beats = 0;
    /** Until it is answered, a client does not know which streams a server has, and the original ends over others. */
    class Counting extends WebSocket {
      #heard = false;

      override send(text: string): void {
        this.once('message', () => (this.#heard = true));
        if (text.includes('heartbeat')) {
          if (!this.#heard) return;
          beats += 1;
        }
        super.send(text);
      }
    }
    const beating = connect({ WebSocket: Counting, heartbeat: { idle: 20, timeout: 20_000 } });
    const statuses: string[] = [];
    await beating.usersCrud.list();
    beating.onStatus((status) => statuses.push(status));
    const errors: unknown[] = [];
    beating.onError((error) => errors.push(error));
    // Each beat waits for the answer to the one before.
    await expect.poll(() => beats).toBeGreaterThanOrEqual(3);
    await beating.usersCrud.list();
    expect([statuses, errors]).toEqual([[], []]);
    beating.close();
  });
});

describe('only here', () => {
  const own = new Server(setting('DCRF_CONFORMANCE'));
  afterAll(() => own.stop());

  test('a restart of the server is told to subscriptions, and reads are asked again', async () => {
    await own.start();
    const client = new ConformanceClient({ url: own.url, WebSocket, backoff: { min: 20, max: 100 } });
    const user = await client.usersCrud.create({ username: 'a', email: 'a@example.com', password: 'x' });
    const subscription = client.usersObserve.subscribe(user.id);
    await subscription.ready;
    const statuses: string[] = [];
    subscription.onStatus((status) => statuses.push(status));
    await own.stop('SIGKILL');
    const list = client.usersCrud.list();
    await own.start();
    expect(await list).toHaveLength(1);
    const events = subscription[Symbol.asyncIterator]();
    expect((await events.next()).value).toEqual({ action: 'resync', data: null });
    expect(statuses).toEqual(['lost', 'pending', 'live']);
    await client.usersCrud.patch(user.id, { email: 'b@example.com' });
    expect((await events.next()).value).toMatchObject({ action: 'update', data: { email: 'b@example.com' } });
    client.close();
  });

  test('what is not permitted is said', async () => {
    const client = new ConformanceClient({ url: own.url, WebSocket });
    await expect(client.usersGuarded.delete(1)).rejects.toBeInstanceOf(PermissionDenied);
    client.close();
  });
});

function withResolvers(): { promise: Promise<unknown>; resolve: (value: unknown) => void } {
  let resolve: (value: unknown) => void = () => undefined;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}

// The build of the package, as it would be published: what `npm run build` does.
test('the package builds', () => {
  const root = new URL('../generated/conformance', import.meta.url).pathname;
  const tsc = new URL('../node_modules/.bin/tsc', import.meta.url).pathname;
  expect(String(execFileSync(tsc, ['--noEmit', 'false', '--outDir', 'dist'], { cwd: root }))).toBe('');
});
