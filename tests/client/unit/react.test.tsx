// @vitest-environment happy-dom

import { act, createElement, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Live, type RowEvent } from '../../../templates/ts/core/index.ts';
import { useLive } from '../../../templates/ts/react.ts';
import { Fake, settle } from './fake.ts';

interface Row {
  readonly id: number;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function opener(fake: Fake): (room: number) => Live<Row> {
  return (room) =>
    new Live<Row>({
      subscribe: (callback, request) => {
        const to = { subscribe: 'sub', unsubscribe: 'unsub', events: ['create', 'delete'], args: { room } };
        return fake.rooms.subscribe<RowEvent<Row>>(to, callback, request);
      },
      load: (signal) => fake.rooms.read<Row[]>('list', { room }, { signal }),
      key: (row) => row.id,
    });
}

test('a component shows rows that stay up to date, and leaves nothing when it goes', async () => {
  const fake = new Fake();
  const socket = await fake.open();
  const open = opener(fake);
  function Rows({ room }: { room: number }) {
    const { rows, status } = useLive(() => open(room), [room]);
    return `${status} ${rows.map((row) => row.id).join()}`;
  }
  const place = document.createElement('div');
  const root = createRoot(place);
  await act(async () => root.render(createElement(Rows, { room: 1 })));
  expect(place.textContent).toBe('loading ');
  const sub = socket.last;
  await act(async () => {
    socket.answer(sub, null, 201);
    await settle();
    socket.answer(socket.last, [{ id: 1 }]);
    await settle();
  });
  expect(place.textContent).toBe('live 1');
  await act(async () => socket.tell(sub, 'create', { id: 2 }));
  expect(place.textContent).toBe('live 1,2');

  // Of another room: the first is left.
  await act(async () => root.render(createElement(Rows, { room: 2 })));
  expect(place.textContent).toBe('loading ');
  const actions = (): unknown[] => socket.sent.map((frame) => [frame['action'], frame['room']]);
  expect(actions().slice(2)).toEqual([['unsub', 1], ['sub', 2]]);
  await act(async () => root.unmount());
  expect(actions().at(-1)).toEqual(['unsub', 2]);
});

test('a component tries again when it is told to, and by itself', async () => {
  const fake = new Fake();
  const socket = await fake.open();
  const open = opener(fake);
  let retry: (() => void) | undefined;
  const retries = new Set<unknown>();
  function Rows() {
    const shown = useLive(() => open(1), []);
    retry = shown.retry;
    retries.add(shown.retry);
    return `${shown.status} ${shown.rows.map((row) => row.id).join()} ${shown.error === undefined ? '' : String(shown.error)}`;
  }
  const place = document.createElement('div');
  const root = createRoot(place);
  await act(async () => root.render(createElement(Rows)));
  const sub = socket.last;
  const answer = async (...answers: Parameters<typeof socket.answer>): Promise<void> =>
    act(async () => {
      await settle();
      socket.answer(...answers);
      await settle();
    });
  await answer(sub, null, 201);
  await answer(socket.last, null, 503, ['Busy.']);
  expect(place.textContent).toBe('loading  ServerError: rooms list: Busy. (503)');
  await act(async () => void (await vi.advanceTimersByTimeAsync(500)));
  await answer(socket.last, [{ id: 1 }]);
  expect(place.textContent).toBe('live 1 ');
  await act(async () => socket.tell(sub, 'resync', null));
  expect(place.textContent).toBe('stale 1 ');
  await answer(socket.last, null, 403, ['No.']);
  expect(place.textContent).toBe('failed 1 PermissionDenied: rooms list: No. (403)');
  await act(async () => retry?.());
  await answer(socket.last, null, 201);
  await answer(socket.last, [{ id: 2 }]);
  expect(place.textContent).toBe('live 2 ');
  // One while there is nothing to try again yet, and one that stays the same.
  expect(retries.size).toBeLessThanOrEqual(2);
  await act(async () => root.unmount());
});

test('a component never shows rows of other dependencies, whatever makes it render', async () => {
  const fake = new Fake();
  const socket = await fake.open();
  const open = opener(fake);
  const shown: string[] = [];
  let change: (room: number) => void = () => undefined;
  function Rows() {
    const [room, setRoom] = useState(1);
    change = setRoom;
    const { rows, status } = useLive(() => open(room), [room]);
    const text = `room ${room}: ${status} ${rows.map((row) => row.id).join()}`;
    shown.push(text);
    return text;
  }
  const place = document.createElement('div');
  const root = createRoot(place);
  await act(async () => root.render(createElement(Rows)));
  await act(async () => {
    socket.answer(socket.last, null, 201);
    await settle();
    socket.answer(socket.last, [{ id: 1 }]);
    await settle();
  });
  expect(place.textContent).toBe('room 1: live 1');
  // The first render comes before the effect that opens the rows of the other room.
  await act(async () => change(2));
  expect(place.textContent).toBe('room 2: loading ');
  expect(new Set(shown.filter((text) => text.startsWith('room 2')))).toEqual(new Set(['room 2: loading ']));
  await act(async () => root.unmount());
});
