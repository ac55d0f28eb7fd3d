import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { canonical } from '../../../templates/ts/validate/json.ts';
import { calendar, decimals, files, forms, relations, strptime, typed } from '../../../templates/ts/validate/index.ts';
import { parse } from './digits.ts';

type Schema = { readonly [keyword: string]: unknown };

/** A class in DRF's own tests, in the words of a definition, and what DRF answers: see `runtime/tests/drf/tables.py`. */
interface Table {
  readonly field: string;
  readonly property?: Schema;
  readonly extra_kwargs?: Schema;
  readonly inputs?: readonly (readonly [input: string, said: { readonly ok?: unknown; readonly errors?: unknown }])[];
}

const ROOT = join(import.meta.dirname, '../../..');
const TABLES = parse(readFileSync(join(ROOT, 'runtime/tests/drf/tables.json'), 'utf8')) as readonly Table[];
const { formats } = JSON.parse(readFileSync(join(ROOT, 'scalars/tests/python.json'), 'utf8')) as {
  readonly formats: readonly { readonly format: string; readonly pattern: string }[];
};

/** How messages name the formats of the tables. */
const NAMED: { readonly [format: string]: string } = {
  '%d %b %Y': 'DD [Jan-Dec] YYYY',
  '%I:%M%p, %d %b %Y': 'hh:mm[AM|PM], DD [Jan-Dec] YYYY',
  '%I:%M%p': 'hh:mm[AM|PM]',
};

/** Returns a property as the generator describes it for validators. */
function described(property: Schema, kwargs: Schema = {}): Schema {
  const types = [(property['type'] ?? []) as string | readonly string[]].flat();
  const own: { [keyword: string]: unknown } = { ...property, type: types.find((type) => type !== 'null') };
  if (types.length === 0) delete own['type'];
  if (types.includes('null') || Object.keys(property).length === 0) own['allow_null'] = types.includes('null');
  if (own['pattern'] !== undefined) own['x-field'] = 'RegexField';
  for (const keyword of ['x-max-digits', 'x-decimal-places']) if (own[keyword] === null) delete own[keyword];
  for (const keyword of ['items', 'additionalProperties']) {
    const inner = own[keyword];
    if (typeof inner === 'object') own[keyword] = described(inner as Schema);
  }
  if (own['type'] === 'array') own['items'] ??= {};
  if (own['enum'] !== undefined) own['type'] = typeof (own['enum'] as readonly unknown[])[0] === 'number' ? 'integer' : 'string';
  if (kwargs['multiple_choice'] === true) own['x-field'] = 'MultipleChoiceField';
  if (kwargs['file_path'] !== undefined) Object.assign(own, { 'x-field': 'FilePathField', allow_blank: true });
  if (kwargs['allow_empty'] === false) own['allow_empty'] = false;
  if (kwargs['coerce_to_string'] === false) own['coerce_to_string'] = false;
  if (kwargs['min_value'] !== undefined) own['minimum'] = kwargs['min_value'];
  if (kwargs['max_value'] !== undefined) own['maximum'] = kwargs['max_value'];
  if (typeof kwargs['default_timezone'] === 'string') own['default_timezone'] = kwargs['default_timezone'];
  const input = kwargs['input_formats'] as readonly string[] | undefined;
  if (input !== undefined) {
    const patterns = input.map((format) => formats.find((own) => own.format === format)?.pattern);
    own['x-input-formats'] = { patterns, named: input.map((format) => NAMED[format]).join(', ') };
  }
  return own;
}

test('the fields of the tests of DRF answer as those of DRF', () => {
  const wrong: string[] = [];
  let compared = 0;
  for (const { field, property, extra_kwargs: kwargs, inputs = [] } of TABLES) {
    if (property === undefined) continue;
    const schema = { 'x-reading': 'fields', type: 'object', properties: { it: described(property, kwargs) }, required: ['it'] };
    const held = typed<{ readonly it: unknown }>(schema, { calendar, decimals, files, forms, relations, strptime });
    for (const [input, said] of inputs) {
      const errors = held.errors({ it: parse(input) }) as { readonly it: unknown } | undefined;
      // Only the server knows which times a time zone skips or repeats, and which files there are.
      if (JSON.stringify(said.errors)?.includes('Invalid datetime for the timezone')) continue;
      if (kwargs?.['file_path'] !== undefined && typeof parse(input) === 'string' && said.errors !== undefined) continue;
      compared += 1;
      if (canonical(errors?.it ?? null) !== canonical(said.errors ?? null)) {
        wrong.push(`${field} of ${input}: ${JSON.stringify(errors?.it)}, not ${JSON.stringify(said)}`);
      }
    }
  }
  expect(wrong).toEqual([]);
  expect(compared).toBeGreaterThan(255);
});
