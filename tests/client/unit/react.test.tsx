// @vitest-environment happy-dom

import { StrictMode, act, createElement, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Live, type LiveOptions, type RowEvent } from '../../../templates/ts/core/index.ts';
import { useLive, useStatus, type UseLiveOptions } from '../../../templates/ts/react.ts';
import { Fake, settle, type Frame } from './fake.ts';

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

/** Lets everything happen up to the next frame of the display. */
async function frame(): Promise<void> {
  await vi.advanceTimersByTimeAsync(17);
}

function optionsOf(fake: Fake, room: number): LiveOptions<Row, number> {
  return {
    subscribe: (callback, request) => {
      const to = { subscribe: 'sub', unsubscribe: 'unsub', events: ['create', 'delete'], args: { room } };
      return fake.rooms.subscribe<RowEvent<Row>>(to, callback, request);
    },
    load: (signal) => fake.rooms.read<Row[]>('list', { room }, { signal }),
    key: (row) => row.id,
  };
}

function opener(fake: Fake): (room: number) => Live<Row> {
  return (room) => new Live<Row>(optionsOf(fake, room));
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
    await frame();
  });
  expect(place.textContent).toBe('live 1');
  await act(async () => {
    socket.tell(sub, 'create', { id: 2 });
    await frame();
  });
  expect(place.textContent).toBe('live 1,2');

  // Of another room: the first is left.
  await act(async () => root.render(createElement(Rows, { room: 2 })));
  expect(place.textContent).toBe('loading ');
  const actions = (): unknown[] => socket.sent.map((frame) => [frame['action'], frame['room']]);
  expect(actions().slice(2)).toEqual([['sub', 2], ['unsub', 1]]);
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
      await frame();
      socket.answer(...answers);
      await frame();
    });
  await answer(sub, null, 201);
  await answer(socket.last, null, 503, ['Busy.']);
  expect(place.textContent).toBe('loading  ServerError: rooms list: Busy. (503)');
  await act(async () => void (await vi.advanceTimersByTimeAsync(500)));
  await answer(socket.last, [{ id: 1 }]);
  expect(place.textContent).toBe('live 1 ');
  await act(async () => {
    socket.tell(sub, 'resync', null);
    await frame();
  });
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
    await frame();
  });
  expect(place.textContent).toBe('room 1: live 1');
  // The first render comes before the effect that opens the rows of the other room.
  await act(async () => change(2));
  expect(place.textContent).toBe('room 2: loading ');
  expect(new Set(shown.filter((text) => text.startsWith('room 2')))).toEqual(new Set(['room 2: loading ']));
  await act(async () => root.unmount());
});

/** A server that answers everything by itself: each room has its number as its only row. */
async function served(): Promise<{ fake: Fake; sent: () => unknown[]; answer: () => Promise<void> }> {
  const fake = new Fake();
  const socket = await fake.open();
  let answered = 0;
  const answer = async (): Promise<void> => {
    for (await settle(); answered < socket.sent.length; await settle()) {
      const request = socket.sent[answered] as Frame;
      answered += 1;
      if (request['action'] === 'sub') socket.answer(request, null, 201);
      else if (request['action'] === 'list') socket.answer(request, [{ id: request['room'] ?? 0 }]);
      else socket.answer(request, null, 204);
    }
    await frame();
  };
  return { fake, sent: () => socket.sent.map(({ action, room }) => `${action} ${room}`), answer };
}

/** A component that shows the rows of a room which are shared with all others. */
function shares(fake: Fake, options: UseLiveOptions<Row> = {}) {
  return function Rows({ room, skip = false }: { room: number; skip?: boolean }) {
    const open = () => Live.shared<Row, number>(fake.rooms, ['room', room], {}, () => optionsOf(fake, room));
    const { rows, status, previous } = useLive(open, [room], { skip, ...options });
    return `${status} ${rows.map((row) => row.id).join()}${previous ? ' before' : ''};`;
  };
}

test('in strict mode, and in two components, there is one subscription, which ends with the last one', async () => {
  const { fake, sent, answer } = await served();
  const Rows = shares(fake);
  const place = document.createElement('div');
  const root = createRoot(place);
  const two = createElement(StrictMode, null, createElement(Rows, { room: 1 }), createElement(Rows, { room: 1 }));
  await act(async () => root.render(two));
  await act(answer);
  expect(place.textContent).toBe('live 1;live 1;');
  expect(sent()).toEqual(['sub 1', 'list 1']);
  await act(async () => root.render(createElement(StrictMode, null, createElement(Rows, { room: 1 }))));
  await act(answer);
  expect(sent()).toHaveLength(2);
  await act(async () => root.unmount());
  await act(answer);
  expect(sent()).toEqual(['sub 1', 'list 1', 'unsub 1']);
});

test('a key that changes without an event of the page shows no rows of the former key', async () => {
  const { fake, answer } = await served();
  const open = opener(fake);
  const seen: string[] = [];
  function Rows() {
    const [room, setRoom] = useState(1);
    const { rows, status } = useLive(() => open(room), [room]);
    const text = `${room}: ${status} ${rows.map((row) => row.id).join()}`;
    seen.push(text);
    // As a route that redirects.
    useEffect(() => {
      const timer = setTimeout(() => setRoom(2), 1000);
      return () => clearTimeout(timer);
    }, []);
    return text;
  }
  const place = document.createElement('div');
  const root = createRoot(place);
  await act(async () => root.render(createElement(Rows)));
  await act(answer);
  await act(async () => void (await vi.advanceTimersByTimeAsync(1000)));
  await act(answer);
  expect(place.textContent).toBe('2: live 2');
  expect([...new Set(seen)]).toEqual(['1: loading ', '1: live 1', '2: loading ', '2: live 2']);
  await act(async () => root.unmount());
});

test('rows are skipped, given first, and kept while others are read, as one says', async () => {
  const { fake, sent, answer } = await served();
  const place = document.createElement('div');
  const root = createRoot(place);
  const Rows = shares(fake, { initial: [{ id: 99 }], keepPrevious: true });
  const show = (room: number, skip = false): Promise<void> =>
    act(async () => root.render(createElement(StrictMode, null, createElement(Rows, { room, skip }))));
  await show(1, true);
  await act(answer);
  expect(place.textContent).toBe('skipped 99;');
  const before = sent().length;
  expect(before).toBe(0);
  await show(1);
  expect(place.textContent).toBe('stale 99;');
  await act(answer);
  expect(place.textContent).toBe('live 1;');
  await show(2);
  expect(place.textContent).toBe('loading 1 before;');
  await show(3);
  expect(place.textContent).toBe('loading 1 before;');
  await act(answer);
  expect(place.textContent).toBe('live 3;');
  await show(3, true);
  expect(place.textContent).toBe('skipped 99;');
  await act(answer);
  expect(new Set(sent().filter((text) => String(text).startsWith('unsub'))).size).toBeGreaterThanOrEqual(1);
  await act(async () => root.unmount());
});

test('the status of the connection is shown', async () => {
  const fake = new Fake();
  function Shown() {
    return useStatus(fake.client);
  }
  const place = document.createElement('div');
  const root = createRoot(place);
  await act(async () => root.render(createElement(Shown)));
  expect(place.textContent).toBe('idle');
  await act(async () => void (await fake.open()));
  expect(place.textContent).toBe('open');
  await act(async () => fake.socket.drop());
  expect(place.textContent).toBe('waiting');
  await act(async () => fake.client.close());
  expect(place.textContent).toBe('closed');
  await act(async () => root.unmount());
});
