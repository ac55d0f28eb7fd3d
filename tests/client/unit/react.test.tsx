// @vitest-environment happy-dom

import { act, createElement } from 'react';
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

test('a component shows rows that stay up to date, and leaves nothing when it goes', async () => {
  const fake = new Fake();
  const socket = await fake.open();
  const open = (room: number): Live<Row> =>
    new Live<Row>({
      subscribe: (callback) => {
        const to = { subscribe: 'sub', unsubscribe: 'unsub', events: ['create', 'delete'], args: { room } };
        return fake.rooms.subscribe<RowEvent<Row>>(to, callback);
      },
      load: () => fake.rooms.read<Row[]>('list', { room }),
      key: (row) => row.id,
    });
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
