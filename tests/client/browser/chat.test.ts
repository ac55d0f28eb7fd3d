/** The example chat, as people see it: two windows of a real browser, and a server that is restarted in between. */

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { Server, setting } from '../server/process.ts';

const artifacts = process.env['DCRF_ARTIFACTS'] ?? 'screenshots';
// Whoever was there when the server was killed is gone soon.
const server = new Server(setting('DCRF_CHAT'), { DCRF_LIMITS: 'presence=1s' });
let browser: Browser;

beforeAll(async () => {
  mkdirSync(artifacts, { recursive: true });
  const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
  if (executablePath === undefined) throw new Error('Chromium is missing: `tests/run` installs it');
  await server.start();
  browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync'],
  });
});

afterAll(async () => {
  await browser?.close();
  await server.stop();
});

/** A window of its own, logged in. */
async function window(name: string, password: string, options = {}): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 720 }, ...options });
  // Long enough for a machine that has other things to do.
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  context.on('close', () => expect(problems).toEqual([]));
  await page.goto(server.url);
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Rooms' }).waitFor();
  return { page, context };
}

async function enter(page: Page, room: string): Promise<void> {
  await page.getByRole('button', { name: room }).click();
  await page.getByRole('heading', { name: room }).waitFor();
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(text);
  await page.keyboard.press('Enter');
}

function message(page: Page, text: string) {
  return page.getByRole('log').getByText(text, { exact: true });
}

function people(page: Page) {
  return page.getByRole('region', { name: 'Who is here' }).getByRole('listitem');
}

/** What axe has to say of the page as it is. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8'));
  const { violations } = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run: () => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } };
    return axe.run();
  });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

/** The texts of the messages, in their order. */
async function shown(page: Page): Promise<string[]> {
  return page.locator('#messages li p').allTextContents();
}

async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(artifacts, `${name}.png`) });
}

test('a wrong password is said', async () => {
  const page = await browser.newPage();
  await page.goto(server.url);
  await page.getByLabel('Name', { exact: true }).fill('alice');
  await page.getByLabel('Password').fill('wrong');
  await page.keyboard.press('Enter');
  await page.getByText('The name or the password is wrong.').waitFor();
  await picture(page, 'login');
  expect(await findings(page)).toEqual([]);
  await page.close();
});

test('two people chat, and a restart of the server loses nothing', async () => {
  const alice = await window('alice', 'wonderland');
  const bob = await window('bob', 'builder', { viewport: { width: 390, height: 780 }, colorScheme: 'dark', isMobile: true });

  await enter(alice.page, 'Lobby');
  await enter(bob.page, 'Lobby');
  for (const { page } of [alice, bob]) await expect.poll(() => people(page).allTextContents()).toEqual(['alice', 'bob']);

  await say(alice.page, 'Hello, Bob!');
  await message(bob.page, 'Hello, Bob!').waitFor();
  await say(bob.page, 'Hello, Alice! <b>&amp;</b>');
  await message(alice.page, 'Hello, Alice! <b>&amp;</b>').waitFor();
  await picture(alice.page, 'desktop');
  await picture(bob.page, 'phone');

  // Killed: nobody is told.
  await server.stop('SIGKILL');
  await alice.page.getByText('Reconnecting…').waitFor();
  await picture(alice.page, 'reconnecting');
  // What is said meanwhile waits for the server.
  await say(alice.page, 'Are you still there?');
  expect(await shown(bob.page)).toEqual(['Hello, Bob!', 'Hello, Alice! <b>&amp;</b>']);
  await server.start();
  await message(bob.page, 'Are you still there?').waitFor();
  await say(bob.page, 'Yes.');
  await message(alice.page, 'Yes.').waitFor();
  const all = ['Hello, Bob!', 'Hello, Alice! <b>&amp;</b>', 'Are you still there?', 'Yes.'];
  for (const { page } of [alice, bob]) {
    expect(await shown(page)).toEqual(all);
    await expect.poll(() => page.getByText('Reconnecting…').count()).toBe(0);
    await expect.poll(() => people(page).allTextContents()).toEqual(['alice', 'bob']);
  }

  // And a restart in order.
  await server.stop('SIGTERM');
  await alice.page.getByText('Reconnecting…').waitFor();
  await server.start();
  await say(bob.page, 'Back again.');
  await message(alice.page, 'Back again.').waitFor();
  expect(await shown(alice.page)).toEqual([...all, 'Back again.']);

  // Who closes the window is gone.
  await bob.context.close();
  await expect.poll(() => people(alice.page).allTextContents()).toEqual(['alice']);
  await picture(alice.page, 'alone');
  await alice.context.close();
});

test('without a server nobody is logged out, or in', async () => {
  const alice = await window('alice', 'wonderland');
  const stranger = await browser.newPage();
  await stranger.goto(server.url);
  await stranger.getByRole('button', { name: 'Log in' }).waitFor();
  await server.stop('SIGKILL');
  await alice.page.getByRole('button', { name: 'Log out' }).click();
  await alice.page.getByText('Still logged in. There is no connection. Try again.').waitFor();
  expect(await alice.page.getByRole('heading', { name: 'Rooms' }).isVisible()).toBe(true);
  await stranger.getByLabel('Name', { exact: true }).fill('bob');
  await stranger.getByLabel('Password').fill('builder');
  await stranger.keyboard.press('Enter');
  await stranger.getByText('There is no connection. Try again.').waitFor();

  await server.start();
  await stranger.keyboard.press('Enter');
  await stranger.getByRole('heading', { name: 'Rooms' }).waitFor();
  await expect.poll(() => alice.page.getByText('Still logged in.').count()).toBe(0);
  await alice.page.getByRole('button', { name: 'Log out' }).click();
  await alice.page.getByRole('button', { name: 'Log in' }).waitFor();
  await alice.page.reload();
  await alice.page.getByRole('button', { name: 'Log in' }).waitFor();
  await alice.context.close();
  await stranger.close();
});

test('rooms are made, and appear for everybody, by keyboard alone', async () => {
  const alice = await window('alice', 'wonderland', { colorScheme: 'dark' });
  const bob = await window('bob', 'builder');
  await alice.page.getByLabel('Name of a new room').focus();
  await alice.page.keyboard.type('Garden');
  await alice.page.keyboard.press('Enter');
  await alice.page.getByRole('heading', { name: 'Garden' }).waitFor();
  // The field to write in has the focus.
  await alice.page.keyboard.type('First!');
  await alice.page.keyboard.press('Enter');
  await message(alice.page, 'First!').waitFor();

  const room = bob.page.getByRole('button', { name: 'Garden' });
  await room.waitFor();
  await room.focus();
  await bob.page.keyboard.press('Enter');
  await message(bob.page, 'First!').waitFor();
  await picture(alice.page, 'dark');

  // A name that is taken is said.
  await bob.page.getByLabel('Name of a new room').fill('Garden');
  await bob.page.keyboard.press('Enter');
  await bob.page.getByText('room with this name already exists.').waitFor();

  // A logout leaves the room, and ends the session.
  await bob.page.getByRole('button', { name: 'Log out' }).click();
  await bob.page.getByRole('button', { name: 'Log in' }).waitFor();
  await expect.poll(() => people(alice.page).allTextContents()).toEqual(['alice']);
  await bob.page.reload();
  await bob.page.getByRole('button', { name: 'Log in' }).waitFor();
  await alice.context.close();
  await bob.context.close();
});

test('older messages are read when they are asked for', async () => {
  const alice = await window('alice', 'wonderland');
  await alice.page.getByLabel('Name of a new room').fill('Archive');
  await alice.page.keyboard.press('Enter');
  await alice.page.getByRole('heading', { name: 'Archive' }).waitFor();
  for (let number = 1; number <= 60; number += 1) {
    await say(alice.page, `Message ${number}`);
    await message(alice.page, `Message ${number}`).waitFor();
  }
  await alice.page.reload();
  await enter(alice.page, 'Archive');
  await message(alice.page, 'Message 60').waitFor();
  expect(await shown(alice.page)).toHaveLength(50);
  await alice.page.getByRole('button', { name: 'Earlier messages' }).click();
  await message(alice.page, 'Message 1').waitFor();
  const expected = Array.from({ length: 60 }, (_, index) => `Message ${index + 1}`);
  expect(await shown(alice.page)).toEqual(expected);
  await alice.context.close();
});

test.each([
  ['light', 390],
  ['light', 1280],
  ['dark', 390],
  ['dark', 1280],
] as const)('there is nothing to find for axe: %s, %i pixels, with rooms, a room, without a network and signed out', async (colorScheme, width) => {
  const { page, context } = await window('alice', 'wonderland', { viewport: { width, height: 780 }, colorScheme });
  const look = async (name: string): Promise<void> => {
    await picture(page, `${name}-${colorScheme}-${width}`);
    expect(await findings(page), name).toEqual([]);
  };
  await page.getByRole('button', { name: 'Lobby' }).waitFor();
  await look('rooms');
  await enter(page, 'Lobby');
  await say(page, `Hello in ${colorScheme}, ${width} pixels`);
  await message(page, `Hello in ${colorScheme}, ${width} pixels`).waitFor();
  await page.getByText('Today', { exact: true }).waitFor();
  await look('room');
  await context.setOffline(true);
  await page.getByText('You are offline.').waitFor();
  await look('offline');
  await context.setOffline(false);
  await page.goto(`${server.url}/#room-999999`);
  await page.getByRole('heading', { name: 'This room does not exist.' }).waitFor();
  await look('nothing');
  // Another tab logs out: the session has ended.
  const other = await context.newPage();
  await other.goto(server.url);
  await other.getByRole('button', { name: 'Log out' }).click();
  await page.getByText('Your session has ended. Log in again.').waitFor();
  await look('signed-out');
  await context.close();
});

test('the open room stands in the URL, and Back goes back', async () => {
  const { page, context } = await window('alice', 'wonderland', { viewport: { width: 390, height: 780 } });
  await page.getByLabel('Name of a new room').fill('Attic');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Attic' }).waitFor();
  expect(page.url()).toMatch(/#room-\d+$/);
  await page.goBack();
  await page.getByRole('heading', { name: 'Rooms' }).waitFor();
  await enter(page, 'Lobby');
  const lobby = page.url();
  await page.getByRole('button', { name: '‹ Rooms' }).click();
  await page.getByRole('heading', { name: 'Rooms' }).waitFor();
  await page.goBack();
  await page.getByRole('heading', { name: 'Lobby' }).waitFor();
  // The URL is all that one needs, and it stays while one logs in.
  await page.reload();
  await page.getByRole('heading', { name: 'Lobby' }).waitFor();
  expect([page.url(), await page.title()]).toEqual([lobby, 'Lobby · Chat']);
  await context.close();
});

test('a session that ended while the page was closed leads to the login, and a network that is away does not', async () => {
  const { page, context } = await window('alice', 'wonderland');
  await enter(page, 'Lobby');
  // The session ends while there is no connection, so that no close code can say so.
  await context.clearCookies();
  await server.stop('SIGKILL');
  await page.getByText('Reconnecting…').waitFor();
  expect(await page.getByRole('heading', { name: 'Lobby' }).isVisible()).toBe(true);
  await server.start();
  await page.getByText('Your session has ended. Log in again.').waitFor();
  await page.getByLabel('Name', { exact: true }).fill('alice');
  await page.getByLabel('Password').fill('wonderland');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Lobby' }).waitFor();
  await context.close();
});
