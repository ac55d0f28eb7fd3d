import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Live, present, type PresentMember, type SignalEvent } from '../../../templates/ts/core/index.ts';
import { Fake, settle } from './fake.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Visit {
  readonly room: number;
  readonly name: string;
}

type Event = SignalEvent<'visitors', PresentMember<Visit>>;

const TO = { subscribe: 'sub', unsubscribe: 'unsub', events: ['visitors'], args: { room: 1 } };

function visitors(fake: Fake) {
  return new Live(present<Visit, 'visitors'>((callback, options) => fake.rooms.subscribe<Event>(TO, callback, options)));
}

function member(key: string, name: string, present = true): PresentMember<Visit> & { readonly [key: string]: string | number | boolean } {
  return { room: 1, name, key, present };
}

test('members join, change and leave', async () => {
  const fake = new Fake();
  const socket = await fake.open();
  const live = visitors(fake);
  const frame = socket.last;
  socket.answer(frame, [member('1', 'ann')], 201);
  await settle();
  // The members are read under the id of the subscription, so that the server has one subscription.
  expect(socket.last['request_id']).toBe(frame['request_id']);
  socket.tell(frame, 'visitors', member('2', 'bob'));
  socket.answer(socket.last, [member('1', 'ann')], 201);
  await settle();
  expect(live.status).toBe('live');
  expect(live.rows.map((row) => row.name)).toEqual(['ann', 'bob']);
  socket.tell(frame, 'visitors', member('1', 'anna'));
  expect(live.rows.map((row) => row.name)).toEqual(['anna', 'bob']);
  socket.tell(frame, 'visitors', member('1', 'anna', false));
  socket.tell(frame, 'visitors', member('9', 'nobody', false));
  expect(live.rows.map((row) => row.name)).toEqual(['bob']);
});

test('after a gap the members are read again', async () => {
  const fake = new Fake();
  const socket = await fake.open();
  const live = visitors(fake);
  const frame = socket.last;
  socket.answer(frame, [], 201);
  await settle();
  socket.answer(socket.last, [member('1', 'ann'), member('2', 'bob')], 201);
  await settle();
  for (const action of ['resync', 'dropped']) {
    socket.tell(frame, action, action === 'resync' ? null : { count: 2 });
    await settle();
    expect(live.status).toBe('stale');
    socket.answer(socket.last, [member('2', 'bob')], 201);
    await settle();
    expect([live.status, live.rows.length]).toEqual(['live', 1]);
  }
});
