/** A proxy between a client and a server that does to connections what networks do. */

import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import type { Random } from '../unit/random.ts';

/** How bad the network is. All are probabilities, per piece of data. */
export interface Bad {
  /** The connection is cut. */
  readonly cut: number;
  /** Nothing goes through any more, and nobody is told. */
  readonly stall: number;
  /** The longest delay of a piece, in milliseconds. */
  readonly delay: number;
}

export class Proxy {
  bad: Bad = { cut: 0, stall: 0, delay: 0 };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Connections through which nothing goes. */
  readonly #stalled = new Set<Socket>();

  constructor(
    private readonly target: string,
    private readonly random: Random,
  ) {
    this.#server = createServer((client) => this.#join(client));
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => void this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Cuts all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** From now on everything goes through; stalled connections are cut. */
  calm(): void {
    this.bad = { cut: 0, stall: 0, delay: 0 };
    for (const socket of this.#stalled) socket.destroy();
  }

  #join(client: Socket): void {
    const { hostname, port } = new URL(this.target);
    const server = connect(Number(port), hostname);
    for (const [from, to] of [[client, server], [server, client]] as const) {
      this.#sockets.add(from);
      from.setNoDelay(true);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        this.#stalled.delete(from);
        to.destroy();
      });
      let last = Promise.resolve();
      from.on('data', (data) => (last = last.then(() => this.#pass(client, to, data))));
    }
  }

  async #pass(connection: Socket, to: Socket, data: Buffer): Promise<void> {
    const { random, bad } = this;
    if (this.#stalled.has(connection)) return;
    if (random.chance(bad.stall)) return void this.#stalled.add(connection);
    if (random.chance(bad.cut)) return void connection.destroy();
    if (bad.delay > 0) await new Promise((resolve) => setTimeout(resolve, random.whole(0, bad.delay)));
    if (!to.destroyed && !this.#stalled.has(connection)) to.write(data);
  }
}
