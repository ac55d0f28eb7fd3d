/** The state machines: what the tables of the code say is what `docs/client.md` says, and what happens. */

import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { CONNECTION, LIVE, SUBSCRIPTION, type Machine } from '../../../templates/ts/core/states.ts';

const docs = readFileSync(new URL('../../../docs/client.md', import.meta.url), 'utf8');

/** The cells of the table of the page whose first heading is this one. */
function table(heading: string): string[][] {
  const lines = docs.split('\n');
  const first = lines.findIndex((line) => line.startsWith(`| ${heading} |`));
  expect(first, `docs/client.md has a table that begins with \`${heading}\``).toBeGreaterThan(0);
  const rest = lines.slice(first);
  const length = rest.findIndex((line) => !line.startsWith('|'));
  return rest.slice(0, length).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim().replaceAll('`', '')));
}

describe.each<[string, Machine<string, string>]>([
  ['connection', CONNECTION],
  ['subscription', SUBSCRIPTION],
  ['live rows', LIVE],
])('the states of a %s', (name, machine) => {
  const [[, ...states] = [], , ...rows] = table(name);

  test('are those of the page, with what each event does in each of them', () => {
    expect(states).toEqual(Object.keys(machine));
    const events = new Set(Object.values(machine).flatMap((row) => Object.keys(row)));
    expect(new Set(rows.map(([event]) => event))).toEqual(events);
    for (const [event = '', ...cells] of rows) {
      const shown = states.map((state) => machine[state]?.[event] ?? '');
      expect(cells, event).toEqual(shown);
    }
  });

  test('can all be reached, and all but the last ones can be left', () => {
    const reached = new Set([states[0]]);
    for (const state of reached) for (const next of Object.values(machine[state ?? ''] ?? {})) if (next) reached.add(next);
    expect(reached).toEqual(new Set(states));
    const last = states.filter((state) => Object.keys(machine[state] ?? {}).length === 0);
    expect(last).toEqual(name === 'subscription' ? ['failed', 'ended'] : ['closed']);
  });
});
