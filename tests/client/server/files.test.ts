/** Files, as a page has them: sent with the generated client, stored in a row, shown by events, served by their URLs. */

import { expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { Closed, NotFound, TimedOut, ValidationError } from '../generated/kitchen/src/core/index.ts';
import { KitchenClient } from '../generated/kitchen/src/index.ts';
import type { SocketConstructor } from '../generated/kitchen/src/core/index.ts';
import { setting } from './process.ts';

const url = setting('DCRF_KITCHEN');

function open(): KitchenClient {
  return new KitchenClient({ url: `${url}?ada`, WebSocket: WebSocket as unknown as SocketConstructor });
}

/** The beginning of a PNG, which says how large it is. */
function png(width: number, height: number): File {
  const header = new Uint8Array(25);
  header.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  new DataView(header.buffer).setUint32(16, width);
  new DataView(header.buffer).setUint32(20, height);
  return new File([header], 'mañana.png', { type: 'image/png' });
}

const at = (path: string): string => url.replace('ws', 'http') + path;

test('a file goes from a page to a row and back', async () => {
  const client = open();
  const live = client.portraits.live({ order_by: ['picture'] });
  await live.ready;
  const picture = await client.portraits.upload('picture', png(10, 20));
  expect(picture).toMatch(/^upload:/);
  const row = await client.portraits.create({ title: 'Ada', picture });
  expect(row.picture).toBe('/media/portraits/ma%C3%B1ana.png');
  expect(row.paper).toBeNull();
  await expect.poll(() => live.rows).toEqual([row]);
  const shown = await fetch(at(String(row.picture)));
  expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/png']);
  expect((await shown.arrayBuffer()).byteLength).toBe(25);

  const paper = await client.portraits.upload('paper', new Blob(['words']), { of: row.id, name: 'a b.txt' });
  const changed = await client.portraits.patch(row.id, { paper });
  expect(changed.paper).toMatch(/^\/papers\/papers\/\d{4}\/a_b\.txt$/);
  await expect.poll(() => live.rows).toEqual([changed]);
  expect(await (await fetch(at(String(changed.paper)))).text()).toBe('words');

  await client.portraits.delete(row.id);
  expect(live.rows).toEqual([]);
  await expect.poll(async () => (await fetch(at(String(changed.paper)))).status).toBe(404);
  await expect.poll(async () => (await fetch(at(String(row.picture)))).status).toBe(404);
  client.close();
});

test('a file that the field does not take is refused where it is sent', async () => {
  const client = open();
  const refused = client.portraits.upload('picture', new Blob(['no picture']));
  await expect(refused).rejects.toThrow(ValidationError);
  await expect(refused).rejects.toMatchObject({ fieldErrors: { picture: [expect.stringContaining('type of the image')] } });
  await expect(client.portraits.upload('picture', png(1000, 10))).rejects.toThrow(ValidationError);
  await expect(client.portraits.upload('paper', new Blob(['x'.repeat(3000)]))).rejects.toMatchObject({ status: 413 });
  await expect(client.portraits.upload('paper', new Blob(['x']), { of: 4711 })).rejects.toThrow(NotFound);
  client.close();
});

test('an upload ends by its signal and its time, and tells a server that is away', async () => {
  const client = open();
  const gone = AbortSignal.abort(new Error('left'));
  await expect(client.portraits.upload('paper', new Blob(['x']), { signal: gone })).rejects.toThrow('left');
  const slow = new KitchenClient({ url: () => new Promise(() => undefined), WebSocket: WebSocket as unknown as SocketConstructor });
  await expect(slow.portraits.upload('paper', new Blob(['x']), { timeout: 20 })).rejects.toThrow(TimedOut);
  const away = new KitchenClient({ url: 'http://127.0.0.1:9', WebSocket: WebSocket as unknown as SocketConstructor });
  await expect(away.portraits.upload('paper', new Blob(['x']))).rejects.toThrow(Closed);
  for (const each of [client, slow, away]) each.close();
});
