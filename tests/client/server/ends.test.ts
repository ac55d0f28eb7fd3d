/** How subscriptions end and live rows do not: against a generated server, and against the original. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { ConformanceClient, TimedOut, type User } from '../generated/conformance/src/index.ts';
import { Server, setting } from './process.ts';
import { targets, type Target } from './targets.ts';

/** Sockets that keep what came over them. */
function recorder() {
  const sockets: WebSocket[] = [];
  const received: { readonly action?: unknown; readonly request_id?: unknown }[] = [];
  class Recording extends WebSocket {
    constructor(url: string, protocols?: string[]) {
      super(url, protocols);
      sockets.push(this);
      this.addEventListener('message', ({ data }) => {
        received.push((JSON.parse(String(data)) as { payload: object }).payload);
      });
    }
  }
  return { Recording, sockets, received };
}

/** When a subscription is ended by its signal. */
const MOMENTS = [
  'in the same tick',
  'before there is a connection',
  'when the answer has come, before anybody was told',
  'after it was live',
  'after it was heard',
  'when its connection is gone',
  'when it is asked for again',
] as const;

describe.each<Target>(targets())('$name', (target) => {
  let writer: ConformanceClient;
  let user: User;

  beforeAll(async () => {
    await target.start();
    writer = new ConformanceClient({ url: target.url, WebSocket });
    user = await writer.usersCrud.create({ username: 'ends', email: 'ends@example.com', password: 'x' });
  });
  afterAll(async () => {
    writer.close();
    await target.stop();
  });

  test.each(MOMENTS)('a subscription whose signal is aborted %s is none on the server', async (moment) => {
    const { Recording, sockets, received } = recorder();
    const client = new ConformanceClient({ url: target.url, WebSocket: Recording, backoff: { min: 20, max: 50 } });
    if (moment !== 'before there is a connection') await client.commentsFiltered.list();

    const stop = new AbortController();
    const heard: unknown[] = [];
    const hear = (event: unknown): void => void heard.push(event);
    const options = { signal: stop.signal };
    const subscription = client.commentsFiltered.commentActivity({ user_pk: user.id }, hear, options);
    const ready = subscription.ready.catch(() => undefined);
    if (moment === 'when the answer has come, before anybody was told') {
      // A listener of the socket itself is called at once.
      await new Promise<void>((resolve) => {
        sockets.at(-1)?.addEventListener('message', () => {
          if (received.at(-1)?.request_id !== subscription.id) return;
          stop.abort();
          resolve();
        });
      });
    } else if (moment !== 'in the same tick' && moment !== 'before there is a connection') {
      await ready;
      if (moment === 'after it was heard') {
        await writer.commentsFiltered.create({ text: 'heard', user: user.id });
        await expect.poll(() => heard).toHaveLength(1);
      }
      if (moment.startsWith('when')) {
        const wanted = moment === 'when its connection is gone' ? 'lost' : 'pending';
        await new Promise<void>((resolve) => {
          subscription.onStatus((status) => {
            if (status !== wanted) return;
            stop.abort();
            resolve();
          });
          sockets.at(-1)?.terminate();
        });
      }
    }
    stop.abort();
    await ready;
    expect(subscription.status).toBe('ended');

    // Another subscription on the same connection hears of what the first would have heard of, too.
    const marker: unknown[] = [];
    const other = client.commentsFiltered.commentActivity({ user_pk: user.id }, (event) => marker.push(event));
    await other.ready;
    const [before, told] = [received.length, heard.length];
    await writer.commentsFiltered.create({ text: 'marker', user: user.id });
    await expect.poll(() => marker).toHaveLength(1);
    await client.commentsFiltered.list();
    const ids = received.slice(before).filter(({ action }) => action === 'create').map(({ request_id }) => request_id);
    expect(ids).toEqual([other.id]);
    expect(heard).toHaveLength(told);
    client.close();
  });
});

describe('only here', () => {
  const server = new Server(setting('DCRF_CONFORMANCE'));
  afterAll(() => server.stop());

  test('live rows wait for a server that is away for longer than a request may take, at first and later', async () => {
    // The port is known from now on, and nobody is there.
    await server.start();
    await server.stop('SIGKILL');
    const client = new ConformanceClient({ url: server.url, WebSocket, timeout: 100, backoff: { min: 10, max: 50 } });
    const live = client.comments.live();
    const outlasted = async (): Promise<void> => {
      for (let count = 0; count < 3; count += 1) {
        await expect(client.usersCrud.list()).rejects.toBeInstanceOf(TimedOut);
      }
    };
    await outlasted();
    expect(live.status).toBe('loading');
    await server.start();
    await live.ready;
    expect(live.snapshot()).toEqual({ rows: [], status: 'live', error: undefined });

    await server.stop('SIGKILL');
    await expect.poll(() => live.status).toBe('stale');
    await outlasted();
    expect(live.status).toBe('stale');
    await server.start();
    await expect.poll(() => live.status).toBe('live');
    client.close();
    expect(live.status).toBe('closed');
  });
});
