/**
 * Reads dates and times by the formats of a field (DRF's `input_formats`), as Python's `strptime` does. A format is a
 * pattern here, in which the group of each directive has the letter of the directive.
 */

import type { Strptime } from '../run.js';
import { asciiDigits } from './digits.js';

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const MONTHS = 'january february march april may june july august september october november december'.split(' ');
const DAY_SECONDS = 86_400;

type Groups = { readonly [letter: string]: string | undefined };

/** Returns a day as a number, counted from 1970-01-01. */
function dayOf(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const real = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return real && year >= 1 && year <= 9999 ? date.getTime() / 1000 / DAY_SECONDS : undefined;
}

/** Returns the day of the week, from 0 for Monday. */
const weekdayOf = (day: number): number => (((day + 3) % 7) + 7) % 7;

/** Returns the offset in seconds; undefined if Python does not read it. */
function offsetOf(text: string): number | undefined {
  if (text === 'Z') return 0;
  const [sign = '', ...rest] = asciiDigits(text) ?? '';
  if (sign === 'z' || sign === '') return undefined;
  if (rest[2] === ':' && rest.length > 5 && rest[5] !== ':') return undefined;
  const digits = rest.join('').replace(/\D/g, '');
  const part = (at: number): number => Number(digits.slice(at, at + 2));
  const size = part(0) * 3600 + part(2) * 60 + part(4);
  return size < DAY_SECONDS ? (sign === '-' ? -size : size) : undefined;
}

/** Returns the day that the parts name; without a year it is in 1900. */
function dateOf(groups: Groups, number: (letter: string) => number | undefined): number | undefined {
  const two = number('y');
  const year = number('Y') ?? (two === undefined ? undefined : two + (two <= 68 ? 2000 : 1900));
  const name = (letter: string, names: readonly string[], length?: number): number | undefined => {
    const text = groups[letter]?.toLowerCase();
    return text === undefined ? undefined : names.findIndex((own) => own.slice(0, length) === text);
  };
  const ofWeek = [number('u'), number('w')] as const;
  const weekday =
    name('A', DAYS) ??
    name('a', DAYS, 3) ??
    (ofWeek[0] === undefined ? undefined : ofWeek[0] - 1) ??
    (ofWeek[1] === undefined ? undefined : (ofWeek[1] + 6) % 7);
  const month = name('B', MONTHS) ?? name('b', MONTHS, 3);
  if (weekday === -1 || month === -1) return undefined;
  const [week, iso] = [number('W') ?? number('U'), number('G')];
  const first = dayOf(year ?? 1900, 1, 1);
  if (number('j') !== undefined) return first === undefined ? undefined : inYears(first + (number('j') as number) - 1);
  if (weekday !== undefined && week !== undefined && first !== undefined) {
    const monday = groups['W'] !== undefined;
    const [start, day] = monday ? [weekdayOf(first), weekday] : [(weekdayOf(first) + 1) % 7, (weekday + 1) % 7];
    return inYears(first + (week === 0 ? day - start : ((7 - start) % 7) + 7 * (week - 1) + day));
  }
  if (weekday !== undefined && iso !== undefined && year === undefined) {
    const fourth = dayOf(iso, 1, 4);
    return fourth === undefined ? undefined : inYears(fourth - weekdayOf(fourth) + 7 * ((number('V') ?? 1) - 1) + weekday);
  }
  return dayOf(year ?? 1900, month === undefined ? (number('m') ?? 1) : month + 1, number('d') ?? 1);
}

const inYears = (day: number): number | undefined =>
  day >= (dayOf(1, 1, 1) as number) && day <= (dayOf(9999, 12, 31) as number) ? day : undefined;

/** Reads a text by a pattern: whether it is a date and time, and whether it is one in UTC, too. */
function read(pattern: string, text: string): 'valid' | 'overflow' | undefined {
  const groups: Groups | undefined = new RegExp(pattern, 'iu').exec(text)?.groups;
  // A format without directives has no groups.
  if (groups === undefined) return new RegExp(pattern, 'iu').test(text) ? 'valid' : undefined;
  const number = (letter: string): number | undefined => {
    const digits = groups[letter];
    return digits === undefined ? undefined : Number(asciiDigits(digits.trim()));
  };
  const day = dateOf(groups, number);
  const offset = groups['z'] === undefined ? 0 : offsetOf(groups['z']);
  if (day === undefined || offset === undefined || (number('S') ?? 0) > 59) return undefined;
  const half = groups['p']?.toLowerCase() === 'pm' ? 12 : 0;
  const hour = number('H') ?? ((number('I') ?? 0) % 12) + half;
  const seconds = day * DAY_SECONDS + hour * 3600 + (number('M') ?? 0) * 60 + (number('S') ?? 0) - offset;
  return inYears(Math.floor(seconds / DAY_SECONDS)) === undefined ? 'overflow' : 'valid';
}

/** Reads dates and times by the formats of a field. */
export const strptime: Strptime = read;
