// Checks that the storms find every fault that is put into the core on purpose: `node storm/check.mjs [COUNT]`.

import { rmSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

import { bundled, faults } from './faults.mjs';

/** The runs within which a fault has to be found. */
const most = Number(process.argv[2] ?? 3000);
let missed = 0;
for (const fault of faults) {
  const file = await bundled(fault);
  const { storm, core } = await import(pathToFileURL(file).href);
  let [seed, wrong] = [0];
  while (wrong === undefined && seed < most) wrong = await storm(core, (seed += 1));
  rmSync(file);
  if (wrong === undefined) missed += 1;
  console.log(wrong === undefined ? `MISSED: ${fault.name}` : `${fault.name}: found by seed ${seed}: ${wrong.slice(0, 90)}`);
}
console.log(`${faults.length} faults, ${missed} missed`);
process.exit(missed > 0 ? 1 : 0);
