/** The servers that the client is tested with: one that is generated, and the original. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { Server, setting } from './process.ts';

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
    const python = setting('DCRF_PYTHON');
    const app = new URL('../peer', import.meta.url).pathname;
    // It says which port it took: one that was looked for before could be another's by then.
    const child = spawn(python, ['-m', 'uvicorn', '--app-dir', app, '--port', '0', 'peer_site:application'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    let said = '';
    for await (const chunk of child.stderr.iterator({ destroyOnReturn: false })) {
      said += String(chunk);
      const address = /Uvicorn running on (http:\/\/[\d.]+:\d+)/.exec(said)?.[1];
      if (address === undefined) continue;
      this.url = address;
      child.stderr.resume();
      return;
    }
    throw new Error(`the peer does not start:\n${said}`);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }
}

/** A generated server. */
class Ours implements Target {
  readonly name = 'a generated server';
  readonly #server = new Server(setting('DCRF_CONFORMANCE'));
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
