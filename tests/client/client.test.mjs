// The published dcrf-client against a running server of `examples/things`.
//
// `DCRF_URL` names the multiplexed endpoint, for example ws://127.0.0.1:8000/ws.
// The table may hold other rows: each test looks only at rows which it made itself.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import dcrf from 'dcrf-client';
import WebSocket from 'ws';

const url = process.env.DCRF_URL;
if (!url) {
  throw new Error('DCRF_URL is not set: it has to name the endpoint, for example ws://127.0.0.1:8000/ws');
}

// A Promise of the client never settles when its socket closes, so every test has a limit of its own.
const LIMIT = { timeout: 120_000 };

// `dcrf-client` is CommonJS: its default export is a property of what Node calls the default.
const library = dcrf.default;

/** Connects as an application under Node has to: without a WebSocket of its own, and quick to reconnect. */
function open(options = {}) {
  return library.connect(url, {
    websocket: { WebSocket, minReconnectionDelay: 10, maxReconnectionDelay: 100 },
    ...options,
  });
}

/** What a promise was rejected with. */
async function rejection(promise) {
  try {
    await promise;
  } catch (reason) {
    return reason;
  }
  return assert.fail('the request was accepted');
}

/** The row of that key among those of a list. */
function find(rows, field, key) {
  return rows.filter((row) => row[field] === key);
}

for (const [stream, key] of [['things', 'pk'], ['things_with_id', 'id']]) {
  describe(`stream ${stream}, key ${key}`, LIMIT, () => {
    let client;
    before(() => { client = open({ pkField: key }); });
    after(() => client.close());

    test('create answers the new row with its defaults', LIMIT, async () => {
      const row = await client.create(stream, { name: 'unique' });
      assert.equal(typeof row[key], 'number');
      assert.deepEqual(row, { [key]: row[key], name: 'unique', counter: 0 });
    });

    test('create ignores a key that the client sends', LIMIT, async () => {
      const first = await client.create(stream, { name: 'first' });
      const second = await client.create(stream, { [key]: first[key], name: 'second', counter: 2 });
      assert.deepEqual(second, { [key]: second[key], name: 'second', counter: 2 });
      assert.notEqual(second[key], first[key]);
    });

    test('list has every row, in the order of its key', LIMIT, async () => {
      const first = await client.create(stream, { name: 'listed', counter: 1 });
      const second = await client.create(stream, { name: 'listed', counter: 2 });
      const rows = await client.list(stream);
      assert.deepEqual(find(rows, key, first[key]), [first]);
      assert.deepEqual(find(rows, key, second[key]), [second]);
      const keys = rows.map((row) => row[key]);
      assert.deepEqual(keys, [...keys].sort((a, b) => a - b));
    });

    test('retrieve finds a row by its key as a number and as a text', LIMIT, async () => {
      const row = await client.create(stream, { name: 'retrieved', counter: -3 });
      assert.deepEqual(await client.retrieve(stream, row[key]), row);
      assert.deepEqual(await client.retrieve(stream, String(row[key])), row);
    });

    test('update changes what is sent and keeps what is optional', LIMIT, async () => {
      const row = await client.create(stream, { name: 'before', counter: 7 });
      const changed = await client.update(stream, row[key], { name: 'after' });
      assert.deepEqual(changed, { [key]: row[key], name: 'after', counter: 7 });
      assert.deepEqual(await client.retrieve(stream, row[key]), changed);
    });

    test('update wants every required field', LIMIT, async () => {
      const row = await client.create(stream, { name: 'whole' });
      const refused = await rejection(client.update(stream, row[key], { counter: 9 }));
      assert.deepEqual(refused.errors, [{ name: ['This field is required.'] }]);
      assert.equal(refused.response_status, 400);
      assert.deepEqual(await client.retrieve(stream, row[key]), row);
    });

    test('patch changes only what is sent', LIMIT, async () => {
      const row = await client.create(stream, { name: 'patched', counter: 1 });
      const changed = await client.patch(stream, row[key], { counter: 2 });
      assert.deepEqual(changed, { [key]: row[key], name: 'patched', counter: 2 });
      assert.deepEqual(await client.patch(stream, row[key], {}), changed);
      assert.deepEqual(await client.retrieve(stream, row[key]), changed);
    });

    test('delete answers null, and the row is gone', LIMIT, async () => {
      const row = await client.create(stream, { name: 'doomed' });
      assert.equal(await client.delete(stream, row[key]), null);
      const refused = await rejection(client.retrieve(stream, row[key]));
      assert.equal(refused.response_status, 404);
      assert.deepEqual(find(await client.list(stream), key, row[key]), []);
    });

    test('an unknown key is rejected with 404 by every action that takes one', LIMIT, async () => {
      const unknown = 9_000_000_000_000;
      for (const [action, promise] of [
        ['retrieve', client.retrieve(stream, unknown)],
        ['update', client.update(stream, unknown, { name: 'x' })],
        ['patch', client.patch(stream, unknown, { name: 'x' })],
        ['delete', client.delete(stream, unknown)],
      ]) {
        const { request_id, ...refused } = await rejection(promise);
        assert.equal(typeof request_id, 'string');
        assert.deepEqual(refused, { errors: ['Not found'], data: null, action, response_status: 404 });
      }
    });

    test('a refused create is rejected with 400 and names every field', LIMIT, async () => {
      const nothing = await rejection(client.create(stream, {}));
      assert.deepEqual(nothing.errors, [{ name: ['This field is required.'] }]);
      assert.deepEqual(
        [nothing.response_status, nothing.data, nothing.action],
        [400, null, 'create'],
      );
      const both = await rejection(client.create(stream, { name: 'n'.repeat(65), counter: 'many' }));
      assert.equal(both.response_status, 400);
      assert.deepEqual(both.errors, [{
        name: ['Ensure this field has no more than 64 characters.'],
        counter: ['A valid integer is required.'],
      }]);
    });

    test('an action that does not exist is rejected with 405', LIMIT, async () => {
      const refused = await rejection(client.request(stream, { action: 'explode' }));
      assert.deepEqual([refused.response_status, refused.errors], [405, ['Method "explode" not allowed.']]);
    });

    test('a request id that the caller chose comes back', LIMIT, async () => {
      const refused = await rejection(client.retrieve(stream, -1, {}, 'chosen by the caller'));
      assert.equal(refused.request_id, 'chosen by the caller');
    });

    test('text of every kind survives the way there and back', LIMIT, async () => {
      for (const name of ['Zoë 🦀 𝒳', '"quoted" \\ / \n tab\there', 'a\u2028b\u2029c\u00e9', "'; DROP TABLE thing; --"]) {
        const row = await client.create(stream, { name });
        assert.equal((await client.retrieve(stream, row[key])).name, name);
      }
    });

    test('text is trimmed before anything else', LIMIT, async () => {
      assert.equal((await client.create(stream, { name: ' \t trimmed \n\u2003' })).name, 'trimmed');
      const refused = await rejection(client.create(stream, { name: '   ' }));
      assert.deepEqual(refused.errors, [{ name: ['This field may not be blank.'] }]);
    });
  });
}

describe('one socket, two streams', LIMIT, () => {
  let client;
  before(() => { client = open(); });
  after(() => client.close());

  test('both streams show one table, each with its own key', LIMIT, async () => {
    const row = await client.create('things', { name: 'shared', counter: 4 });
    assert.deepEqual(
      await client.retrieve('things_with_id', row.pk),
      { id: row.pk, name: 'shared', counter: 4 },
    );
    await client.patch('things_with_id', row.pk, { name: 'renamed' });
    assert.deepEqual(await client.retrieve('things', row.pk), { pk: row.pk, name: 'renamed', counter: 4 });
  });

  test('one request id on two streams is two requests', LIMIT, async () => {
    const row = await client.create('things', { name: 'twice', counter: 1 });
    const [pk, id] = await Promise.all([
      client.retrieve('things', row.pk, {}, 'same'),
      client.retrieve('things_with_id', row.pk, {}, 'same'),
    ]);
    assert.deepEqual(pk, { pk: row.pk, name: 'twice', counter: 1 });
    assert.deepEqual(id, { id: row.pk, name: 'twice', counter: 1 });
  });

  test('many requests in flight each get their own answer', LIMIT, async () => {
    const numbers = Array.from({ length: 200 }, (_, index) => index);
    const streamOf = (n) => (n % 2 === 0 ? ['things', 'pk'] : ['things_with_id', 'id']);
    const rows = await Promise.all(numbers.map((n) => client.create(streamOf(n)[0], { name: `n${n}`, counter: n })));
    rows.forEach((row, n) => assert.deepEqual([row.name, row.counter], [`n${n}`, n]));
    const keys = rows.map((row, n) => row[streamOf(n)[1]]);
    assert.equal(new Set(keys).size, numbers.length);

    const outcomes = await Promise.allSettled(numbers.flatMap((n) => [
      client.retrieve('things', keys[n]),
      client.patch('things_with_id', keys[n], { counter: 'no number' }),
      client.retrieve('things', -1 - n),
    ]));
    numbers.forEach((n) => {
      const [found, refused, unknown] = outcomes.slice(3 * n, 3 * n + 3);
      assert.deepEqual(found.value, { pk: keys[n], name: `n${n}`, counter: n });
      assert.deepEqual(refused.reason.errors, [{ counter: ['A valid integer is required.'] }]);
      assert.equal(unknown.reason.response_status, 404);
    });
  });
});

describe('connections', LIMIT, () => {
  test('what one client writes another one reads', LIMIT, async () => {
    const [writer, reader] = [open(), open()];
    try {
      const row = await writer.create('things', { name: 'seen by both' });
      assert.deepEqual(await reader.retrieve('things', row.pk), row);
      await reader.delete('things', row.pk);
      assert.equal((await rejection(writer.retrieve('things', row.pk))).response_status, 404);
    } finally {
      writer.close();
      reader.close();
    }
  });

  test('requests made while the socket is down are answered after the client has reconnected', LIMIT, async () => {
    const client = open();
    try {
      const row = await client.create('things', { name: 'kept' });
      const reconnected = new Promise((resolve) => { client.transport.on('reconnect', resolve); });
      // The client has no call for it: the socket below the reconnecting one is cut, as a network does.
      client.transport.socket._ws.terminate();
      await reconnected;
      assert.deepEqual(await client.retrieve('things', row.pk), row);
    } finally {
      client.close();
    }
  });
});
