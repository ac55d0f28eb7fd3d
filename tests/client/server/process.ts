/** A server as a process, started and stopped by the test. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What a variable of the environment says: an executable, or where a server is. */
export function setting(variable: string): string {
  const text = process.env[variable];
  if (text === undefined) throw new Error(`${variable} is not set: these tests are run by \`tests/run\``);
  return text;
}

export class Server {
  /** Where the database and the keys are. */
  readonly directory = mkdtempSync(join(tmpdir(), 'dcrf-client-'));
  address = '127.0.0.1:0';
  #child: ChildProcess | undefined;

  constructor(
    private readonly program: string,
    private readonly environment: Readonly<Record<string, string>> = {},
  ) {}

  get url(): string {
    return `http://${this.address}`;
  }

  /** Starts it, the second time on the port of the first. */
  async start(): Promise<this> {
    const child = spawn(this.program, ['--listen', this.address], {
      cwd: this.directory,
      env: { ...process.env, ...this.environment, DATABASE_URL: `sqlite://${join(this.directory, 'test.sqlite3')}` },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      const address = /^listening on http:\/\/(\S+)/.exec(line)?.[1];
      if (address === undefined) throw new Error(`the server begins with ${JSON.stringify(line)}`);
      this.address = address;
      return this;
    }
    throw new Error('the server does not start');
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }
}
