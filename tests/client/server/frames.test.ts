/**
 * What dcrf-client 1.1.0 does otherwise than 0.3.0, in frames as it sends them: subscriptions by actions of one's own,
 * events of new rows, a cancellation that asks the server, requests with many answers.
 */

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';

import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { Server, setting } from './process.ts';

type Payload = { [key: string]: unknown };

const server = new Server(setting('DCRF_CONFORMANCE'));
let socket: WebSocket;
const received: { stream: string; payload: Payload }[] = [];
let wake: () => void = () => undefined;

beforeAll(async () => {
  await server.start();
  socket = new WebSocket(`ws://${server.address}/ws/`);
  socket.on('message', (data) => {
    received.push(JSON.parse(String(data)) as (typeof received)[number]);
    wake();
  });
  await once(socket, 'open');
});
afterAll(async () => {
  socket.close();
  await server.stop();
});

/** Sends a frame, under an id as the client makes them. */
function send(stream: string, payload: Payload): string {
  const id = randomUUID();
  socket.send(JSON.stringify({ stream, payload: { request_id: id, ...payload } }));
  return id;
}

/** The next frame of this id. */
async function next(id: string): Promise<Payload> {
  for (;;) {
    const index = received.findIndex(({ payload }) => payload['request_id'] === id);
    const [frame] = index < 0 ? [] : received.splice(index, 1);
    if (frame !== undefined) return frame.payload;
    await new Promise<void>((resolve) => (wake = resolve));
  }
}

test('subscriptions by an action of one’s own, new rows, and a cancellation', async () => {
  const user = (await next(send('users_crud', { action: 'create', data: { username: 'a', email: 'a@example.com', password: 'x' } })))['data'] as Payload;
  const id = send('comments_filtered', { action: 'subscribe_to_comment_activity', user_pk: user['id'] });
  expect(await next(id)).toMatchObject({ action: 'subscribe_to_comment_activity', response_status: 201, data: null });

  const made = await next(send('comments_filtered', { action: 'create', data: { text: 'one', user: user['id'] } }));
  expect(await next(id)).toEqual({
    errors: [], data: made['data'], action: 'create', response_status: 200, request_id: id,
  });

  // The id is that of the subscription.
  send('comments_filtered', { action: 'unsubscribe_from_comment_activity', user_pk: user['id'], request_id: id });
  expect(await next(id)).toMatchObject({ action: 'unsubscribe_from_comment_activity', response_status: 204 });
  await next(send('comments_filtered', { action: 'create', data: { text: 'two', user: user['id'] } }));
  await next(send('comments_filtered', { action: 'list', data: {} }));
  expect(received).toEqual([]);
});

test('a row is subscribed to, and cancelled', async () => {
  const user = (await next(send('users_crud', { action: 'create', data: { username: 'b', email: 'b@example.com', password: 'x' } })))['data'] as Payload;
  const pk = user['id'];
  const id = send('users_observe', { action: 'subscribe_instance', pk });
  expect(await next(id)).toMatchObject({ response_status: 201 });
  await next(send('users_crud', { action: 'patch', pk, data: { email: 'c@example.com' } }));
  expect(await next(id)).toMatchObject({ action: 'update', data: { id: pk, email: 'c@example.com' } });
  send('users_observe', { action: 'unsubscribe_instance', request_id: id, pk });
  expect(await next(id)).toMatchObject({ action: 'unsubscribe_instance', response_status: 204 });
});

test('a streamed list has all its frames under one id', async () => {
  const id = send('users_streamed', { action: 'list', data: {}, limit: 1, offset: 0 });
  const offsets: unknown[] = [];
  for (;;) {
    const { data, response_status } = (await next(id)) as { data: { count: number; offset: number }; response_status: number };
    expect(response_status).toBe(200);
    offsets.push(data.offset);
    if (data.offset + 1 >= data.count) break;
  }
  expect(offsets).toEqual([0, 1]);
});
