import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { canonical } from '../../../templates/ts/validate/json.ts';
import { calendar, decimals, forms, relations, typed } from '../../../templates/ts/validate/index.ts';
import { parse } from './digits.ts';

/** What DRF was seen to answer: `runtime/tests/drf/fields.py` asks it, and the tests of the runtime are held to it, too. */
interface Seen {
  readonly inputs: readonly (string | null)[];
  readonly messages: { readonly [code: string]: string };
  readonly classes: readonly {
    readonly field: string;
    readonly own: boolean;
    readonly answers: readonly (readonly [said: string, positions: readonly number[]])[];
  }[];
}

const SEEN = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../runtime/tests/drf/fields.json'), 'utf8'),
) as Seen;

const text = (more: object = {}): object => ({ type: 'string', ...more });
const word = text({ maxLength: 5 });
const inner = { type: 'object', properties: { name: word }, required: ['name'] };
const decimal = text({ format: 'decimal', 'x-max-digits': 6, 'x-decimal-places': 2 });
const allow_null = true;
const allow_blank = true;
const key = { 'x-field': 'PrimaryKeyRelatedField', type: 'integer' };
const keys = { 'x-field': 'ManyRelatedField', type: 'array', items: { type: 'integer' } };

const FIELDS: { readonly [field: string]: object } = {
  text: text({ maxLength: 50 }),
  text_null: text({ maxLength: 50, allow_null }),
  text_blank: text({ maxLength: 50, allow_blank }),
  text_ruled: text({ minLength: 3, maxLength: 6, pattern: '^[A-Z]+$' }),
  email: text({ format: 'email', maxLength: 12 }),
  email_ruled: text({ format: 'email', maxLength: 12, pattern: '^[A-Z]+$' }),
  url: text({ format: 'uri', maxLength: 20 }),
  slug: text({ format: 'slug', maxLength: 5 }),
  unicode_slug: text({ format: 'unicode-slug', maxLength: 5 }),
  ip: text({ format: 'ip' }),
  ipv4: text({ format: 'ipv4' }),
  ipv6: text({ format: 'ipv6' }),
  uuid: text({ format: 'uuid' }),
  date: text({ format: 'date' }),
  date_time: text({ format: 'date-time' }),
  time: text({ format: 'time' }),
  duration: text({ format: 'duration' }),
  boolean: { type: 'boolean' },
  boolean_null: { type: 'boolean', allow_null },
  integer: { type: 'integer' },
  integer_ruled: { type: 'integer', minimum: 1, maximum: 100, multipleOf: 5 },
  number: { type: 'number' },
  number_ruled: { type: 'number', minimum: -1, maximum: 100, multipleOf: 0.1 },
  decimal,
  decimal_null: { ...decimal, allow_null },
  decimal_ruled: { ...decimal, minimum: 0, maximum: 500, multipleOf: 5 },
  choice: text({ enum: ['low', 'mid'] }),
  choice_null: text({ enum: ['low', 'mid'], allow_null }),
  choice_blank: text({ enum: ['low', 'mid'], allow_blank }),
  grade: { type: 'integer', enum: [1, 3] },
  json: {},
  json_null: { allow_null },
  key,
  key_null: { ...key, allow_null },
  keys,
  keys_blank: { ...keys, allow_empty: true },
  regex: text({ 'x-field': 'RegexField', minLength: 3, maxLength: 6, pattern: '^[A-Z]+$' }),
  untrimmed: text({ maxLength: 5, allow_blank, trim_whitespace: false }),
  list: { type: 'array', items: word, minItems: 1, maxItems: 3 },
  list_filled: { type: 'array', items: { type: 'integer' }, minItems: 2, allow_empty: false },
  dict: { type: 'object', additionalProperties: { type: 'integer', minimum: 0 } },
  dict_filled: { type: 'object', additionalProperties: word, allow_empty: false },
  object: inner,
  objects: { type: 'array', items: inner, minItems: 1, maxItems: 2 },
  objects_filled: { type: 'array', items: inner, maxItems: 2, allow_empty: false },
};

/** Where an answer differs from DRF's, and why: as with the server, whose tests name the same. */
function differs(field: string, input: string, said: string): string | undefined {
  if (said === '{"raises":true}') return 'Django raises an exception';
  if (said === '{"unicode":false}') return 'DRF repeats a text that is no Unicode';
  if (field === 'unicode_slug' && said.includes('\\u201c')) return "Django's validator and DRF's say the same twice";
  if (field.startsWith('key') && /does_not_exist|object does not exist/.test(said)) {
    return "whether there is such a row is the database's to say";
  }
  if (field === 'number_ruled' && ['1e20', '100000000', '"20240229"'].includes(input)) {
    return 'Django divides floats, and finds that 100000000 is no multiple of 0.1';
  }
  if (field === 'integer_ruled' && input.startsWith('340')) return 'Django divides floats, which do not hold this multiple of 5';
  if (/^decimal/.test(field) && input === '-0.0') return 'decimals have no negative zero';
  if (/^json/.test(field) && Number(input) === Infinity) return 'most readers of JSON refuse numbers beyond the range of floats';
  if (field === 'time' && input === '"20240229"') return 'Python 3.11 takes digits without a separator for a fraction';
  return undefined;
}

/** Whether a value is what DRF has read; keys are not looked for. */
function agrees(field: string, read: unknown, wanted: unknown): boolean {
  // An integer that JavaScript has no number for stays as it was sent.
  return field.startsWith('key') || canonical(read) === canonical(wanted) || (field === 'integer' && read === String(wanted));
}

test('fields answer as those of DRF', () => {
  const wrong: string[] = [];
  let compared = 0;
  for (const { field, own, answers } of SEEN.classes) {
    const messages = field === 'regex' ? { ...SEEN.messages, pattern: 'own invalid' } : SEEN.messages;
    const schema = { ...FIELDS[field], ...(own ? { error_messages: messages } : {}) };
    const whole = { 'x-reading': 'fields', type: 'object', properties: { it: schema }, required: ['it'] };
    const held = typed<{ readonly it: unknown }>(whole, { calendar, decimals, forms, relations });
    for (const [said, positions] of answers) {
      for (const input of positions.map((at) => SEEN.inputs[at])) {
        if (input === null && said === '{"absent":true}') continue;
        if (input === undefined || (input !== null && differs(field, input, said) !== undefined)) continue;
        compared += 1;
        const given = input === null ? {} : { it: parse(input) };
        const errors = held.errors(given) as { readonly it: unknown } | undefined;
        const result = held['~standard'].validate(given);
        const answer = parse(said) as { readonly ok?: unknown };
        const right = Object.hasOwn(answer, 'ok')
          ? 'value' in result && agrees(field, result.value.it, answer.ok)
          : errors !== undefined && canonical(errors.it) === canonical(answer);
        if (!right) wrong.push(`${field} of ${input}: ${JSON.stringify(errors?.it ?? result)}, not ${said}`);
      }
    }
  }
  expect(wrong).toEqual([]);
  expect(compared).toBeGreaterThan(10_000);
});
