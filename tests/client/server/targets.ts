/** The servers that the client is tested with: one that is generated, and the original. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

import { Server, executable } from './process.ts';

/** A server to test the client with. */
export interface Target {
  readonly name: string;
  url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The original, from `../peer/`. */
class Peer implements Target {
  readonly name = 'Django Channels REST Framework';
  url = '';
  #child: ChildProcess | undefined;

  async start(): Promise<void> {
    const port = await freePort();
    const python = executable('DCRF_PYTHON');
    const app = new URL('../peer', import.meta.url).pathname;
    const child = spawn(python, ['-m', 'uvicorn', '--app-dir', app, '--port', String(port), 'peer_site:application'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    let said = '';
    for await (const chunk of child.stderr) {
      said += String(chunk);
      if (said.includes('Uvicorn running')) break;
    }
    if (!said.includes('Uvicorn running')) throw new Error(`the peer does not start:\n${said}`);
    child.stderr.resume();
    this.url = `http://127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** A generated server. */
class Ours implements Target {
  readonly name = 'a generated server';
  readonly #server = new Server(executable('DCRF_CONFORMANCE'));
  url = '';

  async start(): Promise<void> {
    await this.#server.start();
    this.url = this.#server.url;
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}

/** Both; where nobody has installed the original, that is said aloud, and in CI it is a failure. */
export function targets(): Target[] {
  if (process.env['DCRF_PYTHON'] !== undefined || process.env['CI'] !== undefined) return [new Ours(), new Peer()];
  process.stderr.write('NOT TESTED: the original server is not installed (`tests/run` installs it)\n');
  return [new Ours()];
}
