/** A server of the test's own: sockets that do what the test says. */

import { Client, type ClientOptions, type Endpoint, type Json } from '../../../templates/ts/core/index.ts';

export type Frame = { [key: string]: Json };

/** A socket that was opened. */
export class FakeSocket {
  onopen: unknown;
  onmessage: unknown;
  onclose: unknown;
  onerror: unknown;
  closed: { code: number | undefined; reason: string | undefined } | undefined;
  readonly texts: string[] = [];

  constructor(
    readonly url: string,
    readonly protocols?: string[],
  ) {}

  send(text: string): void {
    this.texts.push(text);
  }

  close(code?: number, reason?: string): void {
    this.closed = { code, reason };
  }

  /** What the client has sent, as it stands in its stream. */
  get sent(): Frame[] {
    return this.texts.map((text) => {
      const frame = JSON.parse(text) as Frame;
      return (frame['payload'] ?? frame) as Frame;
    });
  }

  get last(): Frame {
    return this.sent.at(-1) ?? {};
  }

  accept(): this {
    (this.onopen as () => void)();
    return this;
  }

  /** Sends a frame of the stream. */
  say(payload: Json, stream: string | null = 'rooms'): void {
    this.text(JSON.stringify(stream === null ? payload : { stream, payload }));
  }

  text(data: string): void {
    (this.onmessage as (event: { data: string }) => void)({ data });
  }

  /** Answers a request. */
  answer(request: Frame, data: Json, status = 200, errors: Json[] = []): void {
    const { action = null, request_id = null } = request;
    this.say({ errors, data, action, response_status: status, request_id });
  }

  refuse(request: Frame, status: number, errors: Json[]): void {
    this.answer(request, null, status, errors);
  }

  /** An event of a subscription. */
  tell(subscription: Frame, action: string, data: Json, status = 200): void {
    this.say({ errors: [], data, action, response_status: status, request_id: subscription['request_id'] ?? null });
  }

  drop(code = 1006, reason = ''): void {
    (this.onclose as (event: { code: number; reason: string }) => void)({ code, reason });
  }
}

/** A client of a server whose sockets are here. */
export class Fake {
  readonly sockets: FakeSocket[] = [];
  readonly client: Client;
  readonly rooms: Endpoint;

  constructor(options: ClientOptions = {}) {
    const { sockets } = this;
    const WebSocket = class extends FakeSocket {
      constructor(url: string, protocols?: string[]) {
        super(url, protocols);
        sockets.push(this);
      }
    };
    const paths = { rooms: '/ws/rooms/', users: '/ws/users/' };
    this.client = new Client({ url: 'http://server', WebSocket, backoff: { min: 100, jitter: 0 }, ...options }, paths);
    this.rooms = this.client.endpoint('rooms');
  }

  /** The newest socket. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error('no socket was opened');
    return socket;
  }

  /** Connects, and gives the socket. */
  async open(): Promise<FakeSocket> {
    this.client.connect();
    await settle();
    return this.socket.accept();
  }
}

/** Lets everything happen that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it was not rejected');
}
