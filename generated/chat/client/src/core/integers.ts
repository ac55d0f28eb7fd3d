/** Integers beyond 2^53, which `JSON` rounds: they are read as `bigint` or text, with all their digits. */

import type { Codec } from './protocol.js';

/** An integer in the text of JSON that may be too large for a number: 16 digits or more, outside of texts. */
const LARGE = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])|-?\d+[.eE][\d.eE+-]*/g;

/** What stands before the digits of a large integer while it is a text. No text of JSON has it unescaped. */
const MARK = '\u0000';
const MARKED = /^\u0000-?\d+$/;

/**
 * Returns the option `json` of a client: integers that a number would round are read as `bigint`, or as text; all others
 * are numbers, so that equal values are equal. A `bigint` is written as an integer.
 */
export function exactIntegers(as: 'bigint' | 'text'): Codec {
  const revive = (_: string, value: unknown): unknown => {
    if (typeof value !== 'string' || !MARKED.test(value)) return value;
    const digits = value.slice(1);
    return as === 'bigint' ? BigInt(digits) : digits;
  };
  const write = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${MARK}${value}` : value);
  return {
    parse(text) {
      let found = false;
      const marked = text.replace(LARGE, (token) => {
        if (!/^-?\d+$/.test(token) || Number.isSafeInteger(Number(token))) return token;
        found = true;
        return `"\\u0000${token}"`;
      });
      return found ? JSON.parse(marked, revive) : JSON.parse(text);
    },
    stringify: (value) => JSON.stringify(value, write).replace(/"\\u0000(-?\d+)"/g, '$1'),
  };
}
