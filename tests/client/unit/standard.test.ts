import { createContext, runInContext } from 'node:vm';

import { build } from 'esbuild';
import { describe, expect, expectTypeOf, test } from 'vitest';

import { calendar, decimals, exact, formats, typed, validator, type Schema, type StandardSchema } from '../../../templates/ts/validate/index.ts';

const ENTRY = new URL('../../../templates/ts/validate/index.ts', import.meta.url).pathname;

interface Point {
  readonly x: number;
  readonly y?: number;
}
const POINT: Schema = {
  type: 'object',
  properties: { x: { type: 'integer', minimum: 0 }, y: { type: 'number' } },
  required: ['x'],
  additionalProperties: false,
};

test('a validator is a Standard Schema', () => {
  const point = validator<Point>(POINT);
  const standard: StandardSchema<Point> = point;
  expect(standard['~standard']).toMatchObject({ version: 1, vendor: 'dcrf' });
  expectTypeOf<NonNullable<(typeof standard)['~standard']['types']>['output']>().toEqualTypeOf<Point>();
  expect(standard['~standard'].validate({ x: 1 })).toEqual({ value: { x: 1 } });
  expect(standard['~standard'].validate({ x: -1, y: 'a', z: 0 })).toEqual({
    issues: [
      { message: 'Ensure this value is greater than or equal to 0.', path: ['x'] },
      { message: 'A valid number is required.', path: ['y'] },
      { message: 'Unknown field.', path: ['z'] },
    ],
  });
  expect(standard['~standard'].validate(7)).toEqual({
    issues: [{ message: 'Invalid data. Expected a dictionary, but got int.', path: [] }],
  });
});

test('errors have the shape of the server’s', () => {
  const list = validator({ type: 'array', items: POINT, maxItems: 1 });
  expect(list.errors([{ x: 1 }])).toBeUndefined();
  expect(list.errors([{ x: 1 }, { x: 'a' }, 5])).toEqual({
    non_field_errors: ['Ensure this field has no more than 1 elements.'],
    1: { x: ['A valid integer is required.'] },
    2: { non_field_errors: ['Invalid data. Expected a dictionary, but got int.'] },
  });
  expect(validator(POINT).errors(undefined)).toEqual(['This field is required.']);
});

describe('a value is what JSON makes of it', () => {
  const held = validator({
    type: 'object',
    properties: {
      at: { type: 'string', pattern: '^2024-' },
      count: { type: 'integer', maximum: 9223372036854775807n },
      list: { type: 'array', items: { type: ['null', 'integer'] } },
    },
    additionalProperties: false,
  });

  test.each<[string, object, object | undefined]>([
    ['a date is its text', { at: new Date('2024-02-29T00:00:00Z') }, undefined],
    ['what is undefined is not there', { at: undefined, other: undefined, done: () => 0 }, undefined],
    ['what is no number is null', { count: NaN }, { count: ['This field may not be null.'] }],
    ['holes are null', { list: [1, , undefined, () => 0] }, undefined],
    ['bigints are integers', { count: 9223372036854775807n }, undefined],
    ['of every size', { count: 2n ** 63n }, { count: ['Ensure this value is less than or equal to 9223372036854775807.'] }],
  ])('%s', (_, value, errors) => {
    expect(held.errors(value)).toEqual(errors);
  });
});

test('numbers are judged by their digits', () => {
  const cents = validator({ multipleOf: 0.01 });
  expect([0.07, 1.1, 100000000, 4.35, 1e21].map((value) => cents.errors(value))).toEqual(Array(5).fill(undefined));
  expect([0.075, 0.1 + 0.2, 1e-7].map((value) => cents.errors(value) !== undefined)).toEqual([true, true, true]);
  const most = validator({ exclusiveMaximum: exact('0.1000000000000000000001') });
  expect([most.errors(0.1), most.errors(exact('0.1000000000000000000001'))]).toEqual([
    undefined,
    ['Ensure this value is less than 0.1000000000000000000001.'],
  ]);
});

test('no name is taken for one of JavaScript’s own', () => {
  const names = ['toString', '__proto__', 'constructor', 'hasOwnProperty', 'valueOf'];
  const object = (value: unknown): object => JSON.parse(`{${names.map((name) => `"${name}": ${JSON.stringify(value)}`).join()}}`) as object;
  const held = validator({ type: 'object', required: names, properties: object({ type: 'integer' }), additionalProperties: false });
  expect(Object.keys(held.errors({}) ?? {})).toEqual(names);
  expect(held.errors(object(1))).toBeUndefined();
  expect(Object.entries(held.errors(object('a')) ?? {})).toEqual(names.map((name) => [name, ['A valid integer is required.']]));
  expect(validator({ additionalProperties: false }).errors({})).toBeUndefined();
  expect(validator({ properties: { a: { $ref: '#/$defs/toString' } } }).errors({})).toBeUndefined();
  const read = typed<object>({ 'x-reading': 'fields', type: 'object', properties: object({ type: 'integer' }) });
  const result = read['~standard'].validate(object('1'));
  expect('value' in result && Object.entries(result.value)).toEqual(names.map((name) => [name, 1]));
});

test('what is read otherwise than it is written, is given as it is read', () => {
  const schema = {
    'x-reading': 'fields',
    type: 'object',
    properties: {
      name: { type: 'string', maxLength: 5 },
      count: { type: 'integer' },
      done: { type: 'boolean' },
      price: { type: 'string', format: 'decimal', 'x-max-digits': 6, 'x-decimal-places': 2 },
      at: { type: 'string', format: 'date-time' },
      tags: { type: 'array', items: { type: 'string' } },
    },
    required: ['name'],
  };
  const held = typed<object>(schema, { calendar, decimals });
  const sent = { name: ' Ada ', count: '7', done: 'yes', price: '1.5', at: '2024-02-29 13:00+01:00', tags: [1], more: 1 };
  expect(held['~standard'].validate(sent)).toEqual({
    value: { name: 'Ada', count: 7, done: true, price: '1.50', at: '2024-02-29T12:00:00Z', tags: ['1'] },
  });
  // What JavaScript has no number for is sent as it was given.
  expect(held['~standard'].validate({ name: 'a', count: '9007199254740993' })).toEqual({ value: { name: 'a', count: '9007199254740993' } });
  expect(held.errors(null)).toEqual({ non_field_errors: ['No data provided'] });
  expect(held.errors({ name: ' ', done: 'perhaps' })).toEqual({
    name: ['This field may not be blank.'],
    done: ['Must be a valid boolean.'],
  });
});

test('one of several forms', () => {
  const circle = { type: 'object', properties: { kind: { const: 'circle' }, radius: { type: 'number' } }, required: ['kind', 'radius'] };
  const square = { type: 'object', properties: { kind: { const: 'square' }, side: { type: 'number' } }, required: ['kind', 'side'] };
  const shape = validator({ oneOf: [circle, square] });
  expect(shape.errors({ kind: 'circle', radius: 'a' })).toEqual({ radius: ['A valid number is required.'] });
  expect(shape.errors({ kind: 'star' })).toEqual({ non_field_errors: ['Does not match any of the allowed forms.'] });
  const tagged = typed({ 'x-reading': 'payload', oneOf: [circle, square], discriminator: { propertyName: 'kind' } });
  expect(tagged.errors({ kind: 'star' })).toEqual({ kind: ['"star" is not a valid choice.'] });
  expect(tagged.errors({})).toEqual({ kind: ['This field is required.'] });
  expect(tagged.errors({ kind: 'square' })).toEqual({ side: ['This field is required.'] });
});

test('tuples have an item of each type', () => {
  const mark = { enum: [1, 'a', true, 0.5], allow_null: true };
  const held = typed<unknown>({
    'x-reading': 'payload',
    type: 'object',
    properties: { at: { type: 'array', prefixItems: [{ type: 'number' }, mark], items: false } },
  });
  for (const own of [1, 'a', true, null, 0.5]) expect(held.errors({ at: [1, own] })).toBeUndefined();
  expect(held.errors({ at: ['1', false] })).toEqual({
    at: { 0: ['A valid number is required.'], 1: ['"False" is not a valid choice.'] },
  });
});

test('the forms of a union may be values of several types', () => {
  const held = typed<unknown>({ 'x-reading': 'payload', anyOf: [{ enum: [true, 0.5] }, { type: 'string' }] });
  expect([true, 0.5, 'a'].map((value) => held.errors(value))).toEqual([undefined, undefined, undefined]);
  expect(held.errors(false)).toEqual(['"False" is not a valid choice.']);
  expect(held.errors(7)).toEqual(['"7" is not a valid choice.']);
  expect(held.errors([])).toEqual(['Does not match any of the allowed forms.']);
});

test('what is of another type than a constant is not the constant', () => {
  const held = typed<unknown>({
    'x-reading': 'payload',
    type: 'object',
    properties: { a: { type: 'string', const: 'x' }, b: { type: 'integer', const: 5 }, c: { type: 'object', additionalProperties: {}, const: {} } },
  });
  expect(held.errors({ a: 5, b: 'x', c: [] })).toEqual({
    a: ['Ensure this value is "x".'],
    b: ['Ensure this value is 5.'],
    c: ['Ensure this value is {}.'],
  });
  expect(held.errors({ a: null })).toEqual({ a: ['This field may not be null.'] });
});

describe('the work is bounded', () => {
  const TOO_DEEP = ['Value is nested too deeply.'];
  const TOO_MUCH = ['This value takes too many steps to check.'];

  /** A schema whose forms hold each other: each level doubles the work. */
  function bomb(levels: number): Schema {
    const $defs: { [name: string]: Schema } = { level0: { type: 'integer' } };
    for (let level = 1; level <= levels; level += 1) {
      const next = { $ref: `#/$defs/level${level - 1}` };
      $defs[`level${level}`] = { oneOf: [{ allOf: [next], minimum: 1 }, { allOf: [next], maximum: 0 }] };
    }
    return { $ref: `#/$defs/level${levels}`, $defs };
  }

  test('forms that hold each other', () => {
    expect(validator(bomb(8)).errors(1)).toBeUndefined();
    expect(validator(bomb(40)).errors(1)).toEqual(TOO_MUCH);
    const { $ref, $defs } = bomb(40) as { readonly [keyword: string]: unknown };
    expect(validator({ not: { $ref }, $defs }).errors(1)).toEqual(TOO_MUCH);
  });

  test('what is nested', () => {
    const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
    const lists = validator({ type: 'array', items: { $ref: '#' } });
    expect([lists.errors(nested(64)), lists.errors(nested(65)), lists.errors(nested(5000))]).toEqual([undefined, TOO_DEEP, TOO_DEEP]);
    const circle: unknown[] = [];
    circle.push(circle);
    expect([lists.errors(circle), validator(true).errors(circle)]).toEqual([TOO_DEEP, TOO_DEEP]);
    expect(validator({ $ref: '#' }).errors(1)).toEqual(TOO_DEEP);
  });

  test('what is repeated', () => {
    const items = Array.from({ length: 100_000 }, (_, index) => ({ index, text: `item ${index}` }));
    const unique = validator({ uniqueItems: true });
    expect(unique.errors(items)).toBeUndefined();
    expect(unique.errors([...items, { text: 'item 7', index: 7 }])).toEqual(['Ensure this field has no repeated elements.']);
  });
});

test('it needs no code made of texts, and nothing of Node', async () => {
  const { outputFiles } = await build({
    stdin: { contents: `import * as held from '${ENTRY}'; globalThis.held = held;`, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
  });
  // What a page has under a strict content security policy.
  const page = createContext({ TextEncoder }, { codeGeneration: { strings: false, wasm: false } });
  runInContext(outputFiles[0]?.text ?? '', page);
  const said = runInContext(
    `held.validator({ 'x-format': 'assert', format: 'idn-email', pattern: '^a' }, held).errors('b')`,
    page,
  ) as unknown;
  expect(JSON.stringify(said)).toBe('["Enter a valid value.","Enter a valid email address."]');
  expect(formats('date', '2024-02-30')).toContain('Date has wrong format.');
});
