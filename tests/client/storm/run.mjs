// Runs storms by hand: `npm run storm -- COUNT SEED`. With `--fault NAME`, of a core with one of the faults of `faults.mjs`.

import { rmSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

import { bundled, faults } from './faults.mjs';

const named = process.argv.indexOf('--fault');
const fault = named < 0 ? undefined : faults.find(({ name }) => name === process.argv[named + 1]);
const [count = '10000', from = '1'] = process.argv.slice(2).filter((word) => /^\d+$/.test(word));
const file = await bundled(fault);
const { storm, core } = await import(pathToFileURL(file).href);
const began = performance.now();
let failures = 0;
for (let run = 0; run < Number(count) && failures < 5; run += 1) {
  const seed = Number(from) + run;
  const wrong = await storm(core, seed);
  if (wrong !== undefined) {
    failures += 1;
    console.log(`seed ${seed}: ${wrong}`);
  }
  if ((run + 1) % 50_000 === 0) console.log(`${run + 1} runs, ${Math.round((performance.now() - began) / 1000)} s`);
}
console.log(`${count} runs from seed ${from} in ${Math.round((performance.now() - began) / 1000)} s: ${failures} wrong`);
rmSync(file);
process.exit(failures > 0 ? 1 : 0);
