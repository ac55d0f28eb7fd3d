/** The client of a definition with `exact_integers`, and rows whose integers are larger than a number can be. */

import { expect, test } from 'vitest';

import { LedgerClient, type Entry } from '../generated/golden-exact_integers/src/index.ts';
import { Live, exactIntegers, gather, offsetPages } from '../../../templates/ts/core/index.ts';
import { Fake, FakeSocket, settle } from './fake.ts';

const LARGE = 9_007_199_254_740_993n;
const ENTRY = '{"id":9007199254740993,"account":7,"amounts":[1,-9007199254740993],"level":3,"parent":null,"share":0.5}';
const entry: Entry = { id: LARGE, account: 7, amounts: [1, -LARGE], level: 3, parent: null, share: 0.5 };

/** Answers the newest request with a text of JSON. */
function answer(socket: FakeSocket, data: string): void {
  const { action, request_id } = socket.last;
  const payload = `{"errors":[],"data":${data},"action":"${String(action)}","response_status":200,"request_id":"${String(request_id)}"}`;
  socket.text(`{"stream":"entry","payload":${payload}}`);
}

async function open(options: ConstructorParameters<typeof LedgerClient>[0] = {}): Promise<[LedgerClient, FakeSocket]> {
  const sockets: FakeSocket[] = [];
  const WebSocket = class extends FakeSocket {
    constructor(url: string, protocols?: string[]) {
      super(url, protocols);
      sockets.push(this);
    }
  };
  const client = new LedgerClient({ url: 'ws://test', WebSocket, ...options });
  client.connect();
  await settle();
  return [client, (sockets[0] as FakeSocket).accept()];
}

test('the definition makes the client read and write all digits', async () => {
  const [client, socket] = await open();
  expect(socket.protocols).toEqual(['ledger.v1']);
  const read = client.entry.retrieve(LARGE);
  expect(socket.texts.at(-1)).toContain('"pk":9007199254740993');
  answer(socket, ENTRY);
  expect(await read).toEqual(entry);
});

test('the caller may read them otherwise', async () => {
  const [client, socket] = await open({ json: exactIntegers('text') });
  const read = client.entry.retrieve(1);
  answer(socket, ENTRY);
  expect(await read).toMatchObject({ id: String(LARGE), account: 7 });
});

test('live rows are found by such keys, and ordered by such values', async () => {
  const [client, socket] = await open();
  const live = client.entry.live({ order_by: ['-account'] });
  answer(socket, 'null');
  await settle();
  const others = [1n, 2n].map((more) => ENTRY.replace(`${LARGE}`, `${LARGE + more}`).replace('"account":7', `"account":${LARGE + more}`));
  answer(socket, `[${others[1]},${others[0]},${ENTRY}]`);
  await live.ready;
  expect(live.rows.map(({ id }) => id)).toEqual([LARGE + 2n, LARGE + 1n, LARGE]);
  live.apply({ ...entry, account: LARGE + 3n });
  expect(live.rows.map(({ id }) => id)).toEqual([LARGE, LARGE + 2n, LARGE + 1n]);
  client.close();
});

test('pages have rows with such integers', async () => {
  const fake = new Fake({ json: exactIntegers('bigint') });
  const socket = await fake.open();
  const rows = gather(offsetPages<{ id: bigint }>(fake.rooms, {}));
  const [first, second] = [`{"id":${LARGE}}`, `{"id":${LARGE + 1n}}`];
  for (const results of [[first], [first, second]]) {
    await settle();
    const { request_id } = socket.last;
    const data = `{"count":2,"limit":2,"offset":0,"results":[${results.join()}]}`;
    const payload = `{"errors":[],"data":${data},"action":"list","response_status":200,"request_id":"${String(request_id)}"}`;
    socket.text(`{"stream":"rooms","payload":${payload}}`);
  }
  expect(await rows).toEqual([{ id: LARGE }, { id: LARGE + 1n }]);
});

test('the arguments of shared rows may be such integers', () => {
  const fake = new Fake();
  const open = (pk: number | bigint | string): Live<{ id: bigint }, bigint> =>
    Live.shared<{ id: bigint }, bigint>(fake.rooms, ['row', pk], {}, () => ({
      subscribe: (callback, options) => fake.rooms.subscribe({ subscribe: 'sub', unsubscribe: 'unsub', args: {} }, callback, options),
      load: async () => [],
      key: (row) => row.id,
    }));
  expect(open(LARGE).view).toBe(open(LARGE).view);
  expect(open(LARGE).view).not.toBe(open(LARGE + 1n).view);
});
