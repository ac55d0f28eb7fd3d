/**
 * Live rows of an observer with a log, through networks that are cut: they are those of the server, and are read once.
 */

import { expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { BoardClient } from '../generated/board/src/index.ts';
import type { SocketConstructor } from '../generated/board/src/core/index.ts';
import { Random, SEED } from '../unit/random.ts';
import { Proxy } from './proxy.ts';
import { setting } from './process.ts';

const url = setting('DCRF_BOARD').replace('ws', 'http');

/** Runs, and those at the same time. */
const RUNS = Number(process.env['DCRF_RESUME_RUNS'] ?? 60);
const AT_ONCE = 10;

/** A client whose lists are counted. */
class Reader {
  lists = 0;
  readonly client: BoardClient;

  constructor(at: string) {
    const count = (text: string): void => {
      if (text.includes('"list"')) this.lists += 1;
    };
    class Counting extends WebSocket {
      override send(data: string): void {
        count(data);
        super.send(data);
      }
    }
    const backoff = { min: 10, max: 100 };
    this.client = new BoardClient({ url: at, WebSocket: Counting as unknown as SocketConstructor, backoff, logger: {} });
  }
}

async function run(seed: number): Promise<void> {
  const random = new Random(seed);
  const proxy = new Proxy(url, random);
  const { client: writer } = new Reader(url);
  const reader = new Reader(await proxy.start());
  const room = seed;
  try {
    const live = reader.client.messages.live({ filter: { room } });
    await live.ready;
    const ids: number[] = [];
    for (let step = random.whole(5, 15); step > 0; step -= 1) {
      const id = ids.length > 0 && random.chance(0.6) ? random.of(ids) : undefined;
      if (id === undefined) ids.push((await writer.messages.create({ room, text: 'new' })).id);
      else if (random.chance(0.6)) await writer.messages.patch(id, { text: `text ${step}` });
      else {
        ids.splice(ids.indexOf(id), 1);
        // It leaves the room, or it is deleted.
        if (random.chance(0.5)) await writer.messages.patch(id, { room: -room });
        else await writer.messages.delete(id);
      }
      if (random.chance(0.4)) proxy.cut();
      if (random.chance(0.5)) await new Promise((resolve) => setTimeout(resolve, random.whole(0, 60)));
    }
    const all = await writer.messages.list({ filter: { room } });
    await expect.poll(() => [live.status, live.rows], { interval: 10 }).toEqual(['live', all]);
    expect(reader.lists).toBe(1);
  } finally {
    reader.client.close();
    writer.close();
    proxy.stop();
  }
}

test(`live rows are right after ${RUNS} networks that were cut, and were read once`, async () => {
  for (let first = 1; first <= RUNS; first += AT_ONCE) {
    const seeds = Array.from({ length: Math.min(AT_ONCE, RUNS + 1 - first) }, (_, index) => SEED + first + index);
    await Promise.all(seeds.map((seed) => run(seed).catch((error: unknown) => {
      throw new Error(`run ${seed}`, { cause: error });
    })));
  }
}, 300_000);
