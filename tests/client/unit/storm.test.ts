/** Random networks and servers, at the scale of CI: `npm run storm` runs more of them, `node storm/check.mjs` all faults. */

import { readFileSync, rmSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { storm as Storm, Tested } from '../storm/storm.ts';
import { SEED } from './random.ts';

interface Fault {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly also?: { readonly from: string };
}

const { bundled, faults } = (await import('../storm/faults.mjs' as string)) as {
  bundled(fault?: Fault): Promise<string>;
  faults: readonly Fault[];
};
const files: string[] = [];

async function load(fault?: Fault): Promise<{ storm: typeof Storm; core: Tested }> {
  const file = await bundled(fault);
  files.push(file);
  return (await import(pathToFileURL(file).href)) as { storm: typeof Storm; core: Tested };
}

let sound: { storm: typeof Storm; core: Tested };
beforeAll(async () => void (sound = await load()));
afterAll(() => files.forEach((file) => rmSync(file)));

test('after 10,000 storms live rows are those of the server, and nothing is left subscribed to', async () => {
  for (let run = 0; run < 10_000; run += 1) {
    const wrong = await sound.storm(sound.core, SEED + run);
    expect(wrong, `node storm/run.mjs 1 ${SEED + run}`).toBeUndefined();
  }
}, 900_000);

test('every fault fits the core as it is', () => {
  for (const { name, file, from, also } of faults) {
    const text = readFileSync(new URL(`../../../templates/ts/core/${file}`, import.meta.url), 'utf8');
    expect(text.includes(from) && text.includes(also?.from ?? ''), name).toBe(true);
  }
});

// All of them take a minute: `node storm/check.mjs`.
test.each(faults.filter((_, index) => index % 5 === SEED % 5))('storms find $name', async (fault) => {
  const { storm, core } = await load(fault);
  let wrong: string | undefined;
  for (let seed = 1; wrong === undefined && seed < 3000; seed += 1) wrong = await storm(core, seed);
  expect(wrong).toBeDefined();
}, 300_000);
