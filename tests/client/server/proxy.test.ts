/**
 * Live rows through networks that cut, delay and stall, against a generated server and against the original: after quiet
 * they are the rows of the server, and no subscription is left.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { ConformanceClient, Live, byInteger, orderOf, type Comment, type User } from '../generated/conformance/src/index.ts';
import { Random, SEED } from '../unit/random.ts';
import { Proxy } from './proxy.ts';
import { targets, type Target } from './targets.ts';

/** Runs of the generated server, and of the original, which is slower. */
const RUNS = { ours: Number(process.env['DCRF_PROXY_RUNS'] ?? 300), peer: 20 };
/** Runs at the same time. */
const AT_ONCE = { ours: 20, peer: 1 };

describe.each<Target>(targets())('$name', (target) => {
  const which = target.name.startsWith('a generated') ? 'ours' : 'peer';
  const [runs, atOnce] = [RUNS[which], AT_ONCE[which]];

  beforeAll(() => target.start());
  afterAll(() => target.stop());

  /** The comments of a user, which no other run changes. */
  function comments(client: ConformanceClient, user: User): Live<Comment> {
    return new Live<Comment>({
      subscribe: (callback, options) =>
        client.commentsFiltered.commentActivity({ user_pk: user.id }, callback as never, options) as never,
      load: async (signal) => (await client.commentsFiltered.list({ signal })).filter((comment) => comment.user === user.id),
      key: (comment) => comment.id,
      compare: orderOf(['id'], { id: byInteger }),
      backoff: { min: 20, max: 200 },
    });
  }

  async function run(seed: number): Promise<void> {
    const random = new Random(seed);
    const proxy = new Proxy(target.url, random);
    const writer = new ConformanceClient({ url: target.url, WebSocket });
    const client = new ConformanceClient({
      url: await proxy.start(),
      WebSocket,
      connectTimeout: 3000,
      backoff: { min: 10, max: 100 },
      heartbeat: { idle: 300, timeout: 3000 },
      logger: {},
    });
    try {
      const username = `proxy-${seed}`;
      const user = await writer.usersCrud.create({ username, email: `${username}@example.com`, password: 'secret' });
      proxy.bad = { cut: random.of([0, 0.05, 0.15]), stall: random.of([0, 0.02]), delay: random.of([0, 5, 30]) };
      const live = comments(client, user);
      const closed = comments(client, user);
      const ids: number[] = [];
      for (let step = random.whole(5, 12); step > 0; step -= 1) {
        const id = ids.length > 0 && random.chance(0.6) ? random.of(ids) : undefined;
        if (id === undefined) ids.push((await writer.commentsFiltered.create({ text: 'new', user: user.id })).id);
        else if (random.chance(0.5)) await writer.commentsFiltered.patch(id, { text: `text ${step}` });
        else {
          ids.splice(ids.indexOf(id), 1);
          await writer.commentsFiltered.delete(id);
        }
        if (random.chance(0.2)) proxy.cut();
        if (random.chance(0.5)) await new Promise((resolve) => setTimeout(resolve, random.whole(0, 40)));
        if (step === 4) closed.close().catch(() => undefined);
      }
      proxy.calm();
      const all = (await writer.commentsFiltered.list()).filter((comment) => comment.user === user.id);
      await expect.poll(() => [live.status, live.rows], { interval: 10 }).toEqual(['live', all]);

      // One event, once: nothing else is subscribed to on the connection.
      const heard: unknown[] = [];
      client.endpoint('comments_filtered').onEvent('create', (data) => heard.push(data));
      const last = await writer.commentsFiltered.create({ text: 'last', user: user.id });
      await expect.poll(() => live.rows.at(-1), { interval: 10 }).toEqual(last);
      await client.commentsFiltered.list();
      expect([heard, live.status]).toEqual([[], 'live']);
    } finally {
      client.close();
      writer.close();
      proxy.stop();
    }
  }

  test(`live rows are right after ${runs} bad networks`, async () => {
    for (let first = 0; first < runs; first += atOnce) {
      const seeds = Array.from({ length: Math.min(atOnce, runs - first) }, (_, index) => SEED + first + index);
      await Promise.all(seeds.map((seed) => run(seed).catch((error: unknown) => {
        throw new Error(`run ${seed}`, { cause: error });
      })));
    }
  }, 600_000);
});
