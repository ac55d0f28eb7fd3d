import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { Closed, type RowEvent, type Subscription } from '../../../templates/ts/core/index.ts';
import { Fake, rejection, settle, type FakeSocket } from './fake.ts';
import { Random, SEED } from './random.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Event = RowEvent<{ readonly id: number }>;

const TO = { subscribe: 'sub', unsubscribe: 'unsub', events: ['create'], args: {} };
const ENOUGH = new Error('enough');

class Listening {
  readonly fake: Fake;
  readonly stop = new AbortController();
  readonly errors: unknown[] = [];
  readonly events: Event[] = [];
  subscription!: Subscription<Event>;
  /** How the wait for the subscription ended. */
  outcome: unknown;

  constructor(private readonly reply = true) {
    this.fake = new Fake({ heartbeat: false });
    this.fake.client.onError((error) => this.errors.push(error));
  }

  subscribe(): this {
    const callback = (event: Event): void => void this.events.push(event);
    const to = { ...TO, reply: this.reply };
    this.subscription = this.fake.rooms.subscribe<Event>(to, callback, { signal: this.stop.signal });
    this.subscription.ready.then(() => (this.outcome = 'ready'), (error: unknown) => (this.outcome = error));
    return this;
  }

  abort(): void {
    this.stop.abort(ENOUGH);
  }

  get socket(): FakeSocket {
    return this.fake.socket;
  }

  get actions(): unknown[] {
    return this.socket.sent.map((frame) => frame['action']);
  }

  /** How many frames had been sent when a subscription was refused. */
  refusedAt = 0;

  answer(status = 201): void {
    if (status >= 400) this.refusedAt = this.socket.sent.length;
    this.socket.answer(this.socket.sent.find((frame) => frame['action'] === 'sub') ?? {}, null, status);
  }
}

/** Subscriptions that a server has, by the frames that came over a socket, in their order, after it refused some. */
function onServer(socket: FakeSocket, refusedAt = 0): number {
  const ids = new Set<unknown>();
  for (const { action, request_id } of socket.sent.slice(refusedAt)) {
    if (action === 'sub') ids.add(request_id);
    if (action === 'unsub') ids.delete(request_id);
  }
  return ids.size;
}

describe('a signal that is aborted', () => {
  test('after the subscription was live ends it, here and on the server', async () => {
    const one = new Listening();
    await one.fake.open();
    one.subscribe().answer();
    await settle();
    expect(one.outcome).toBe('ready');
    const statuses: string[] = [];
    one.subscription.onStatus((status) => statuses.push(status));
    one.abort();
    expect(one.actions).toEqual(['sub', 'unsub']);
    expect([statuses, one.subscription.status, one.subscription.error]).toEqual([['ended'], 'ended', ENOUGH]);
    one.socket.tell(one.socket.sent[0] ?? {}, 'create', { id: 1 });
    one.socket.answer(one.socket.last, null, 204);
    await settle();
    expect([one.events, one.errors]).toEqual([[], []]);
    // It is not asked for again.
    one.socket.drop();
    await vi.advanceTimersByTimeAsync(100);
    expect(one.socket.accept().sent).toEqual([]);
  });

  test.each([true, false])('in the same tick as the subscription leaves nothing on the server (answered: %s)', async (reply) => {
    const one = new Listening(reply);
    await one.fake.open();
    one.subscribe();
    one.abort();
    await settle();
    expect(one.actions).toEqual(['sub', 'unsub']);
    expect([one.outcome, one.subscription.status, one.errors]).toEqual([ENOUGH, 'ended', []]);
    // The answer that is still on its way makes nothing of it.
    one.answer();
    await settle();
    expect(one.subscription.status).toBe('ended');
  });

  test.each([0, 1, 2, 3, 4, 5])('%i turns after the answer leaves nothing on the server', async (turns) => {
    const one = new Listening();
    await one.fake.open();
    one.subscribe().answer();
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    one.abort();
    await settle();
    expect(one.actions).toEqual(['sub', 'unsub']);
    expect(one.subscription.status).toBe('ended');
  });

  test('before there is a connection asks for nothing', async () => {
    const one = new Listening().subscribe();
    await settle();
    one.abort();
    one.socket.accept();
    await settle();
    expect([one.outcome, one.socket.sent, one.errors]).toEqual([ENOUGH, [], []]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('before the call does not even connect', async () => {
    const one = new Listening();
    one.abort();
    one.subscribe();
    await settle();
    expect([one.outcome, one.fake.client.status, one.errors]).toEqual([ENOUGH, 'idle', []]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('during a reconnect asks for nothing', async () => {
    const one = new Listening();
    await one.fake.open();
    one.subscribe().answer();
    await settle();
    one.socket.drop();
    one.abort();
    expect(one.subscription.status).toBe('ended');
    await vi.advanceTimersByTimeAsync(100);
    expect(one.socket.accept().sent).toEqual([]);
  });

  test('while it is asked for again ends that, too', async () => {
    const one = new Listening();
    await one.fake.open();
    one.subscribe().answer();
    await settle();
    one.socket.drop();
    await vi.advanceTimersByTimeAsync(100);
    one.socket.accept();
    one.answer(503);
    await settle();
    one.abort();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(one.actions).toEqual(['sub']);
    expect(one.subscription.status).toBe('ended');
  });

  test.each(['pending', 'live', 'lost'])('by who is told that it is %s leaves nothing on the server', async (wanted) => {
    const one = new Listening();
    await one.fake.open();
    one.subscribe();
    const abort = (status: string): void => {
      if (status === wanted) one.abort();
    };
    if (wanted === 'live') one.subscription.onStatus(abort);
    one.answer();
    await settle();
    if (wanted !== 'live') {
      one.subscription.onStatus(abort);
      one.socket.drop();
      await vi.advanceTimersByTimeAsync(100);
      one.socket.accept();
    }
    await settle();
    expect(one.subscription.status).toBe('ended');
    expect(one.actions).toEqual(wanted === 'live' ? ['sub', 'unsub'] : []);
  });

  test('after the server has failed with an event ends what it may still have', async () => {
    const one = new Listening();
    await one.fake.open();
    one.subscribe().answer();
    await settle();
    one.socket.refuse({ ...one.socket.last, action: 'create' }, 500, ['Broken.']);
    expect(one.subscription.status).toBe('lost');
    one.abort();
    expect(one.actions).toEqual(['sub', 'unsub']);
  });

  test('twice, after an unsubscription, or after the client was closed changes nothing', async () => {
    const one = new Listening();
    await one.fake.open();
    one.subscribe().answer();
    await settle();
    one.abort();
    one.abort();
    one.stop.signal.dispatchEvent(new Event('abort'));
    expect(one.actions).toEqual(['sub', 'unsub']);

    const other = new Listening();
    await other.fake.open();
    other.subscribe().answer();
    await settle();
    void other.subscription.unsubscribe().catch(() => undefined);
    other.abort();
    expect(other.actions).toEqual(['sub', 'unsub']);
    expect(other.subscription.error).toBeUndefined();

    const last = new Listening();
    await last.fake.open();
    last.subscribe().answer();
    await settle();
    last.fake.client.close();
    last.abort();
    expect(last.actions).toEqual(['sub']);
    expect(last.subscription.error).toBeInstanceOf(Closed);
    expect(last.errors).toEqual([]);
  });

  test('ends loops over the events, which first have what came before', async () => {
    const fake = new Fake();
    const socket = await fake.open();
    const stop = new AbortController();
    const subscription = fake.rooms.subscribe<Event>(TO, undefined, { signal: stop.signal });
    const sub = socket.last;
    socket.answer(sub, null, 201);
    await subscription.ready;
    socket.tell(sub, 'create', { id: 1 });
    stop.abort(ENOUGH);
    const seen: Event[] = [];
    const loop = async (): Promise<void> => {
      for await (const event of subscription) seen.push(event);
    };
    expect(await rejection(loop())).toBe(ENOUGH);
    expect(seen).toHaveLength(1);
  });

  test('whose unsubscription is refused says so', async () => {
    const one = new Listening();
    await one.fake.open();
    one.subscribe().answer();
    await settle();
    one.abort();
    one.socket.refuse(one.socket.last, 500, ['Broken.']);
    await settle();
    expect(one.errors).toMatchObject([{ status: 500 }]);
  });
});

test(`whatever the order of events, no subscription is left over (seed ${SEED})`, async () => {
  for (let run = 0; run < 400; run += 1) {
    const random = new Random(SEED + run);
    const one = new Listening(random.chance(0.8));
    if (random.chance(0.5)) await one.fake.open();
    one.subscribe();
    let aborted = false;
    for (let step = 0; step < 12; step += 1) {
      const { socket } = one.fake.sockets.length > 0 ? one : { socket: undefined };
      const { status } = one.fake.client;
      const asked = one.subscription.status === 'pending';
      const action = random.whole(0, 7);
      if (action === 0) await settle();
      else if (action === 1 && status === 'connecting') socket?.accept();
      else if (action === 2 && status === 'open' && asked) one.answer(random.of([201, 201, 503]));
      else if (action === 3 && status === 'open') [one.refusedAt] = [0, socket?.drop(random.of([1006, 1012]))];
      else if (action === 4) await vi.advanceTimersByTimeAsync(100);
      else if (action === 5 && step > 4) [aborted] = [true, one.abort()];
      else if (action === 6) one.fake.client.connect();
      else await Promise.resolve();
    }
    if (!aborted) one.abort();
    await settle();
    if (one.fake.client.status !== 'open') {
      while (one.fake.client.status !== 'connecting') await vi.advanceTimersByTimeAsync(100);
      await settle();
      one.socket.accept();
    }
    await vi.advanceTimersByTimeAsync(1000);
    expect(one.subscription.status, `run ${run}`).toMatch(/ended|failed/);
    expect(onServer(one.socket, one.refusedAt), `run ${run}`).toBe(0);
    one.fake.client.close();
    expect(vi.getTimerCount(), `run ${run}`).toBe(0);
  }
});
