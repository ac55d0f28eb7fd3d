import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { calendar, strptime, typed } from '../../../templates/ts/validate/index.ts';

/** What Python was seen to read: `scalars/tests/python.py` asks it, and the tests of the server are held to it, too. */
interface Seen {
  readonly formats: readonly {
    readonly format: string;
    readonly pattern: string;
    readonly texts: readonly (readonly [text: string, read: readonly [moment: string, offset: number | null] | null])[];
  }[];
}

const SEEN = JSON.parse(readFileSync(join(import.meta.dirname, '../../../scalars/tests/python.json'), 'utf8')) as Seen;

/** Tells whether a moment is in the years 1 to 9999, in UTC. */
function isInRange([moment, offset]: readonly [string, number | null]): boolean {
  const at = Date.parse(`${moment}Z`) - (offset ?? 0) * 1000;
  return at >= Date.parse('0001-01-01T00:00:00Z') && at < Date.parse('+010000-01-01T00:00:00Z');
}

test('texts are read by formats as by Python', () => {
  const wrong: string[] = [];
  let compared = 0;
  for (const { format, pattern, texts } of SEEN.formats) {
    const field = { type: 'string', format: 'date-time', 'x-input-formats': { patterns: [pattern], named: format } };
    const schema = { 'x-reading': 'fields', type: 'object', properties: { it: field }, required: ['it'] };
    const held = typed<{ readonly it: string }>(schema, { calendar, strptime });
    for (const [text, read] of texts) {
      compared += 1;
      const errors = held.errors({ it: text }) as { readonly it: readonly string[] } | undefined;
      const expected = read === null ? 'format' : isInRange(read) ? undefined : 'Datetime value out of range.';
      const found = errors?.it[0]?.startsWith('Datetime has wrong format') ? 'format' : errors?.it[0];
      if (found !== expected) wrong.push(`${format} of ${JSON.stringify(text)}: ${found}, not ${expected}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(compared).toBeGreaterThan(800);
});

test('durations are compared and named as by the server', () => {
  const field = { type: 'string', format: 'duration', minimum: '1 00:00:00', maximum: '4 00:00:00.500000' };
  const schema = { 'x-reading': 'fields', type: 'object', properties: { it: field }, required: ['it'] };
  const held = typed<{ readonly it: string }>(schema, { calendar });
  expect(held.errors({ it: 'P2D' })).toBeUndefined();
  expect(held.errors({ it: '23:59:59' })).toEqual({ it: ['Ensure this value is greater than or equal to 1 day, 0:00:00.'] });
  expect(held.errors({ it: 'P5D' })).toEqual({ it: ['Ensure this value is less than or equal to 4 days, 0:00:00.500000.'] });
});
