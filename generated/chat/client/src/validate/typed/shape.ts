/** The JSON type of a value, and how Python writes it where messages of Django REST Framework quote the input. */

import { itemsOf, kindOf, membersOf } from '../json.js';
import { textOf, type AnyNumber } from '../number.js';

/** A value by its JSON type. Numbers are texts, because Python tells integers from floats by their text. */
export type Shape =
  | { readonly is: 'null' }
  | { readonly is: 'boolean'; readonly value: boolean }
  | { readonly is: 'integer' | 'float' | 'text'; readonly text: string }
  | { readonly is: 'list'; readonly items: readonly unknown[] }
  | { readonly is: 'map'; readonly members: ReadonlyMap<string, unknown> };

/** Returns the shape of a plain value. */
export function shapeOf(value: unknown): Shape {
  switch (kindOf(value)) {
    case 'boolean':
      return { is: 'boolean', value: value as boolean };
    case 'number': {
      const text = textOf(value as AnyNumber);
      return { is: /[.e]/i.test(text) ? 'float' : 'integer', text: text === '-0' ? '0' : text };
    }
    case 'string':
      return { is: 'text', text: value as string };
    case 'array':
      return { is: 'list', items: itemsOf(value as readonly unknown[]) };
    case 'object':
      return { is: 'map', members: membersOf(value as object) };
    default:
      return { is: 'null' };
  }
}

const PYTHON = { null: 'NoneType', boolean: 'bool', integer: 'int', float: 'float', text: 'str', list: 'list', map: 'dict' };

/** Returns Python's name of the type. */
export function typeOf(shape: Shape): string {
  return PYTHON[shape.is];
}

/** Returns Python's `str(value)`. */
export function str(shape: Shape): string {
  return shape.is === 'text' && loneSurrogate(shape.text) === undefined ? shape.text : repr(shape, 0);
}

/** The greatest depth that is quoted. What is nested deeper is cut, because the message is for people. */
const QUOTED_DEPTH = 8;

function repr(shape: Shape, depth: number): string {
  switch (shape.is) {
    case 'null':
      return 'None';
    case 'boolean':
      return shape.value ? 'True' : 'False';
    case 'integer':
      return shape.text;
    case 'float':
      return float(Number(shape.text));
    case 'text': {
      const unit = loneSurrogate(shape.text);
      return unit === undefined ? quote(shape.text) : `'\\u${unit.toString(16)}'`;
    }
    case 'list':
      if (depth >= QUOTED_DEPTH) return '...';
      return `[${shape.items.map((item) => repr(shapeOf(item), depth + 1)).join(', ')}]`;
    case 'map':
      if (depth >= QUOTED_DEPTH) return '...';
      return `{${[...shape.members].map(([key, value]) => `${quote(key)}: ${repr(shapeOf(value), depth + 1)}`).join(', ')}}`;
  }
}

function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escapes: { readonly [char: string]: string } = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', [mark]: `\\${mark}` };
  const shown = Array.from(text, (char) => {
    const escaped = Object.hasOwn(escapes, char) ? escapes[char] : undefined;
    if (escaped !== undefined) return escaped;
    return /\p{Cc}/u.test(char) ? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}` : char;
  });
  return mark + shown.join('') + mark;
}

/** Returns Python's `repr(float)`: the shortest digits, and an exponent below 1e-4 and from 1e16 up. */
export function float(number: number): string {
  if (!Number.isFinite(number)) return Number.isNaN(number) ? 'nan' : number > 0 ? 'inf' : '-inf';
  const [mantissa = '', power = '0'] = number.toExponential().split('e');
  const exponent = Number(power);
  if (number === 0 || (exponent >= -4 && exponent < 16)) {
    const text = Object.is(number, -0) ? '-0' : String(number);
    return text.includes('.') ? text : `${text}.0`;
  }
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** Returns what Python's `str.strip` returns. */
export function strip(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && SPACE.test(text.charAt(start))) start += 1;
  while (end > start && SPACE.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

const SPACE = /[\p{White_Space}\x1c-\x1f]/u;

/** Returns the first surrogate without a partner. */
export function loneSurrogate(text: string): number | undefined {
  return /\p{Surrogate}/u.exec(text)?.[0].charCodeAt(0);
}
