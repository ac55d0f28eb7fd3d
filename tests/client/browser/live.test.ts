/** Live rows and their hook in a real browser: routes, many events, a server that is killed, two tabs. */

import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import { build } from 'esbuild';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';

interface Row {
  readonly id: number;
  readonly text: string;
}

interface Seen {
  renders: number;
  frames: number;
  texts: string[];
}

/** A server of the test's own, with rooms of rows; it also serves the page. */
class Rooms {
  readonly rows = new Map<string, Map<number, Row>>();
  /** The subscriptions of each socket, by their ids. */
  readonly sockets = new Map<WebSocket, Map<string, string>>();
  #http: Server | undefined;
  readonly #connections = new Set<Socket>();
  port = 0;

  constructor(private readonly script: string) {}

  room(name: string): Map<number, Row> {
    const room = this.rows.get(name) ?? new Map<number, Row>([[1, { id: 1, text: `first of ${name}` }]]);
    this.rows.set(name, room);
    return room;
  }

  async start(): Promise<void> {
    const http = createServer((request, response) => {
      const script = request.url === '/page.js';
      response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
      response.end(script ? this.script : '<!doctype html><title>Rows</title><script type="module" src="/page.js"></script>');
    });
    http.on('connection', (socket) => {
      this.#connections.add(socket);
      socket.on('close', () => this.#connections.delete(socket));
    });
    new WebSocketServer({ server: http }).on('connection', (socket) => {
      this.sockets.set(socket, new Map());
      socket.on('message', (data) => this.#received(socket, JSON.parse(String(data)).payload));
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => socket.terminate());
    });
    await new Promise<void>((resolve) => void http.listen(this.port, '127.0.0.1', resolve));
    this.port = (http.address() as AddressInfo).port;
    this.#http = http;
  }

  /** Ends without a word, as a process that is killed. */
  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.#http?.close(resolve));
    for (const socket of this.#connections) socket.destroy();
    await ended;
  }

  change(room: string, row: Row): void {
    const action = this.room(room).has(row.id) ? 'update' : 'create';
    this.room(room).set(row.id, row);
    for (const [socket, subscriptions] of this.sockets) {
      for (const [id, of] of subscriptions) if (of === room) this.#say(socket, action, id, row, 200);
    }
  }

  get subscriptions(): string[] {
    return [...this.sockets.values()].flatMap((subscriptions) => [...subscriptions.values()]).sort();
  }

  #received(socket: WebSocket, { action, request_id: id, room }: { action: string; request_id: string; room: string }): void {
    if (action === 'list') return this.#say(socket, action, id, [...this.room(room).values()], 200);
    if (action === 'subscribe') this.sockets.get(socket)?.set(id, room);
    else if (action !== 'unsubscribe' || this.sockets.get(socket)?.delete(id) !== true) return this.#say(socket, action, id, null, 405);
    this.#say(socket, action, id, null, 201);
  }

  #say(socket: WebSocket, action: string, request_id: string, data: unknown, response_status: number): void {
    socket.send(JSON.stringify({ stream: 'rooms', payload: { action, request_id, data, errors: [], response_status } }));
  }
}

let server: Rooms;
let browser: Browser;

beforeAll(async () => {
  const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
  if (executablePath === undefined) throw new Error('Chromium is missing: `tests/run` installs it');
  const { outputFiles } = await build({
    entryPoints: [new URL('page.tsx', import.meta.url).pathname],
    bundle: true, write: false, format: 'esm', target: 'es2022', logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
    // The hook is in a folder without packages.
    alias: { react: new URL('../node_modules/react', import.meta.url).pathname },
  });
  server = new Rooms(outputFiles[0]?.text ?? '');
  await server.start();
  browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync'],
  });
});
afterAll(async () => {
  await browser?.close();
  await server?.kill();
});

async function tab(path: string): Promise<Page> {
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  await page.goto(`http://127.0.0.1:${server.port}/${path}`);
  return page;
}

const heading = (page: Page): Promise<string> => page.locator('h1').innerText();
const seen = (page: Page): Promise<Seen> => page.evaluate(() => (globalThis as unknown as { seen: Seen }).seen);

test('a route that changes without a click shows no rows of the former one', async () => {
  const page = await tab('a');
  await expect.poll(() => heading(page)).toBe('a: live 1 first of a');
  await page.evaluate(() => {
    history.pushState({}, '', '/b');
    dispatchEvent(new PopStateEvent('popstate'));
  });
  await expect.poll(() => heading(page)).toBe('b: live 1 first of b');
  await page.goBack();
  await expect.poll(() => heading(page)).toBe('a: live 1 first of a');
  await page.goForward();
  await expect.poll(() => heading(page)).toBe('b: live 1 first of b');
  for (const text of (await seen(page)).texts) expect(text).toMatch(/^(\w): (loading 0 |live 1 first of \1)$/);
  await expect.poll(() => server.subscriptions).toEqual(['b']);
  await page.close();
  await expect.poll(() => server.subscriptions).toEqual([]);
});

test('1,000 rows and 1,000 events are rendered at most once in a frame', async () => {
  for (let id = 1; id <= 1000; id += 1) server.room('many').set(id, { id, text: `row ${id}` });
  const page = await tab('many');
  await expect.poll(() => heading(page)).toBe('many: live 1000 row 1');
  const before = await seen(page);
  for (let event = 1; event <= 1000; event += 1) {
    server.change('many', { id: event, text: `changed ${event}` });
    // In many pieces, as events come.
    if (event % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await page.getByText('changed 1000', { exact: true }).waitFor();
  const after = await seen(page);
  const [renders, frames] = [after.renders - before.renders, after.frames - before.frames];
  expect(renders).toBeGreaterThan(0);
  expect(renders, `${renders} renders in ${frames} frames`).toBeLessThanOrEqual(frames + 1);
  expect(await page.locator('li').allInnerTexts()).toEqual([...server.room('many').values()].map(({ text }) => text));
  await page.close();
});

test('a server that is killed and comes back is read again', async () => {
  const page = await tab('killed');
  await expect.poll(() => heading(page)).toBe('killed: live 1 first of killed');
  await server.kill();
  await expect.poll(() => heading(page)).toBe('killed: stale 1 first of killed');
  await expect.poll(() => page.locator('p').innerText()).not.toBe('open');
  server.room('killed').set(2, { id: 2, text: 'meanwhile' });
  await server.start();
  await expect.poll(() => heading(page)).toBe('killed: live 2 first of killed');
  expect(await page.locator('li').allInnerTexts()).toEqual(['first of killed', 'meanwhile']);
  // Without a network, and with one again: at once, by the event `online`.
  await page.context().setOffline(true);
  await page.context().setOffline(false);
  server.change('killed', { id: 1, text: 'later' });
  await expect.poll(() => heading(page)).toBe('killed: live 2 later');
  await page.close();
});

test('two tabs, one of them in strict mode, show the same and have one subscription each', async () => {
  const [one, two] = [await tab('both'), await tab('both?strict')];
  for (const page of [one, two]) await expect.poll(() => heading(page)).toBe('both: live 1 first of both');
  await expect.poll(() => server.subscriptions).toEqual(['both', 'both']);
  server.change('both', { id: 2, text: 'second' });
  for (const page of [one, two]) await expect.poll(() => page.locator('li').allInnerTexts()).toEqual(['first of both', 'second']);
  await one.close();
  await expect.poll(() => server.subscriptions).toEqual(['both']);
  server.change('both', { id: 1, text: 'changed' });
  await expect.poll(() => heading(two)).toBe('both: live 2 changed');
  await two.close();
});
