/** Paths with parameters, and the sockets that they have. */

import { describe, expect, test } from 'vitest';

import { ParameterizedClient, type ClientOptions, type Endpoint } from '../../../templates/ts/core/index.ts';
import { FakeSocket, settle } from './fake.ts';

/** A client as it is generated for a consumer at a path with parameters. */
class Orders extends ParameterizedClient {
  readonly sockets: FakeSocket[];

  constructor(options: ClientOptions = {}, shared: string | null = '/ws/') {
    const sockets: FakeSocket[] = [];
    const WebSocket = class extends FakeSocket {
      constructor(url: string, protocols?: string[]) {
        super(url, protocols);
        sockets.push(this);
      }
    };
    super({ url: 'http://server', WebSocket, ...options }, { rooms: '/ws/{tenant}/rooms/' }, shared);
    this.sockets = sockets;
  }

  orders(parameters: { order: string | number }): Endpoint {
    return this.at('orders', '/ws/orders/{order}/', parameters);
  }
}

async function ask(endpoint: Endpoint): Promise<void> {
  void endpoint.read('list', {}).catch(() => undefined);
  await settle();
}

describe('a path with parameters', () => {
  test('has a connection for each of their values, until it is left', async () => {
    const client = new Orders();
    const [first, second] = [client.orders({ order: 7 }), client.orders({ order: 'a/b ü' })];
    expect(client.orders({ order: 7 })).toBe(first);
    expect(client.status).toBe('idle');
    await ask(first);
    await ask(second);
    expect(client.sockets.map((socket) => socket.url)).toEqual([
      'ws://server/ws/orders/7/', 'ws://server/ws/orders/a%2Fb%20%C3%BC/',
    ]);
    client.sockets[0]?.accept();
    expect(client.sockets[0]?.last).toEqual({ action: 'list', request_id: '1' });
    expect(client.status).toBe('connecting');
    second.disconnect();
    expect(client.sockets[1]?.closed).toBeDefined();
    expect(client.status).toBe('open');
    const again = client.orders({ order: 'a/b ü' });
    expect(again).not.toBe(second);
    client.close();
    expect(client.sockets[0]?.closed).toBeDefined();
    await expect(client.orders({ order: 9 }).read('list', {})).rejects.toThrow('closed');
  });

  test('refuses values that no path has', () => {
    const client = new Orders();
    for (const order of ['', '.', '..', undefined as unknown as string]) {
      expect(() => client.orders({ order })).toThrow('needs a value of order');
    }
    client.close();
  });

  test('may be that of the shared socket, or of those of all consumers', async () => {
    for (const options of [{}, { sockets: 'separate' }] as const) {
      const client = new Orders({ ...options, parameters: { tenant: 'x y' } }, '/ws/{tenant}/');
      await ask(client.endpoint('rooms'));
      const path = 'sockets' in options ? '/ws/x%20y/rooms/' : '/ws/x%20y/';
      expect(client.sockets[0]?.url).toBe(`ws://server${path}`);
      client.close();
    }
    expect(() => new Orders({}, '/ws/{tenant}/')).toThrow('needs a value of tenant');
    // Without a shared socket each consumer has its own.
    const client = new Orders({ parameters: { tenant: 1 } }, null);
    await ask(client.endpoint('rooms'));
    expect(client.sockets[0]?.url).toBe('ws://server/ws/1/rooms/');
    client.close();
  });
});

test('a token may stand among the subprotocols', async () => {
  const client = new Orders({ token: () => 't0.ken', tokenIn: 'subprotocol', protocols: ['v1'] });
  await ask(client.orders({ order: 1 }));
  expect(client.sockets[0]?.url).toBe('ws://server/ws/orders/1/');
  expect(client.sockets[0]?.protocols).toEqual(['v1', 'access_token', 't0.ken']);
  client.close();
});
