/** The page of `live.test.ts`: rows of the room that the URL names, and how often they were rendered. */

import { createElement, StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

import { Client, Live, byInteger, orderOf, type RowEvent } from '../../../templates/ts/core/index.ts';
import { useLive, useStatus } from '../../../templates/ts/react.ts';

interface Row {
  readonly id: number;
  readonly text: string;
}

const client = new Client(
  { backoff: { min: 50, max: 200 }, heartbeat: { idle: 2000, timeout: 1000 } },
  { rooms: '/ws/rooms/' },
);
const rooms = client.endpoint('rooms');

/** What the test reads: the renders, the frames of the display, and each text that was shown. */
const seen = { renders: 0, frames: 0, texts: [] as string[], counting: false };
Object.assign(globalThis, { seen, client });
const count = (): void => {
  seen.frames += 1;
  requestAnimationFrame(count);
};
requestAnimationFrame(count);

function open(room: string): Live<Row> {
  const to = { subscribe: 'subscribe', unsubscribe: 'unsubscribe', events: ['create', 'update', 'delete'], args: { room } };
  return Live.shared<Row, number>(rooms, room, {}, () => ({
    subscribe: (callback, request) => rooms.subscribe<RowEvent<Row>>(to, callback, request),
    load: (signal) => rooms.read<Row[]>('list', { room }, { signal }),
    key: (row) => row.id,
    compare: orderOf<Row>(['id'], { id: byInteger }),
  }));
}

const route = (): string => location.pathname.slice(1) || 'a';

function Rows() {
  const [room, setRoom] = useState(route);
  // As a router does: no event of React is involved.
  useEffect(() => {
    const listener = (): void => setRoom(route());
    addEventListener('popstate', listener);
    return () => removeEventListener('popstate', listener);
  }, []);
  const { rows, status } = useLive(() => open(room), [room]);
  const connection = useStatus(client);
  seen.renders += 1;
  const text = `${room}: ${status} ${rows.length} ${rows[0]?.text ?? ''}`;
  if (seen.texts.at(-1) !== text) seen.texts.push(text);
  return createElement('main', null,
    createElement('h1', null, text),
    createElement('p', null, connection),
    createElement('ol', null, ...rows.map((row) => createElement('li', { key: row.id }, row.text))));
}

const element = createElement(Rows);
createRoot(document.body.appendChild(document.createElement('div')))
  .render(location.search === '?strict' ? createElement(StrictMode, null, element) : element);
