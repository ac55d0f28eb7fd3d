/** Reads dates, times, datetimes and durations as Django does, and returns each in the server's format. */

import type { Calendar } from '../run.js';
import { withAsciiDigits } from './digits.js';

/** A time of day: seconds and microseconds since midnight. */
interface Clock {
  readonly seconds: number;
  readonly micros: number;
}

/** A day as a number, counted from 1970-01-01. */
type Day = number;

const DAY_SECONDS = 86_400;
const pad = (value: number, width = 2): string => String(value).padStart(width, '0');

function dayOf(year: number, month: number, day: number): Day | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const real = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return real && year >= 1 && year <= 9999 ? date.getTime() / 1000 / DAY_SECONDS : undefined;
}

function showDay(day: Day): string | undefined {
  const date = new Date(day * DAY_SECONDS * 1000);
  const year = date.getUTCFullYear();
  if (year < 1 || year > 9999) return undefined;
  return `${pad(year, 4)}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`;
}

function showClock({ seconds, micros }: Clock): string {
  const text = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((part) => pad(part)).join(':');
  return micros === 0 ? text : `${text}.${pad(micros, 6)}`;
}

/** Parses a date like Python's `date.fromisoformat`: `YYYY-MM-DD`, `YYYYMMDD`, `YYYY-Www[-D]`, `YYYYWww[D]`. */
function isoDay(text: string): Day | undefined {
  const found = /^(\d{4})(?:-(\d\d)-(\d\d)|(\d\d)(\d\d)|-W(\d\d)(?:-(\d))?|W(\d\d)(\d)?)$/.exec(text);
  if (found === null) return undefined;
  const [, year, month, day, month2, day2, week, weekday, week2, weekday2] = found;
  const [w, d] = [Number(week ?? week2), Number(weekday ?? weekday2 ?? 1)];
  if (Number.isNaN(w)) return dayOf(Number(year), Number(month ?? month2), Number(day ?? day2));
  return weekOf(Number(year), w, d);
}

/** Returns a day of a week of ISO 8601. */
function weekOf(year: number, week: number, weekday: number): Day | undefined {
  const fourth = dayOf(year, 1, 4);
  if (fourth === undefined || weekday < 1 || weekday > 7) return undefined;
  const monday = fourth - ((fourth + 3 + 7 * 1e6) % 7);
  const next = dayOf(year + 1, 1, 4);
  const weeks = next === undefined ? 53 : (next - ((next + 3 + 7 * 1e6) % 7) - monday) / 7;
  const day = monday + (week - 1) * 7 + weekday - 1;
  return week >= 1 && week <= weeks && showDay(day) !== undefined ? day : undefined;
}

/** Python's `$` also matches before a line break at the end. */
const END = '\\n?$';
const LENIENT_DAY = '(\\d{4})-(\\d{1,2})-(\\d{1,2})';
const LENIENT_CLOCK = '(\\d{1,2}):(\\d{1,2})(?::(\\d{1,2})(?:[.,](\\d{1,6})\\d{0,6})?)?';
const LENIENT_DATE = new RegExp(`^${LENIENT_DAY}${END}`);
const LENIENT_TIME = new RegExp(`^${LENIENT_CLOCK}${END}`);
const LENIENT_MOMENT = new RegExp(`^${LENIENT_DAY}[T ]${LENIENT_CLOCK}\\s*(Z|[+-]\\d{2}(?::?\\d{2})?)?${END}`);

function clockOf(hours: string, minutes = '0', seconds = '0', fraction = ''): Clock | undefined {
  const [h, m, s] = [Number(hours), Number(minutes), Number(seconds)];
  if (h > 23 || m > 59 || s > 59) return undefined;
  return { seconds: h * 3600 + m * 60 + s, micros: Number(fraction.slice(0, 6).padEnd(6, '0')) };
}

/** Times as Python's `time.fromisoformat` reads them: `HH[:MM[:SS[.f…]]]` or without colons, then `Z` or an offset. */
const ISO_CLOCK = '(\\d\\d)(?:(?::(\\d\\d)(?::(\\d\\d)(?:[.,](\\d+))?)?)|(?:(\\d\\d)(?:(\\d\\d)(?:[.,](\\d+))?)?))?';
const ISO_TIME = new RegExp(`^T?${ISO_CLOCK}(?:(Z)|([+-])${ISO_CLOCK})?$`);

/** Returns the time, and the offset in seconds, if it has one. */
function isoClock(text: string): readonly [Clock, number | undefined] | undefined {
  const found = ISO_TIME.exec(text);
  if (found === null) return undefined;
  const at = (index: number): string | undefined => found[index];
  const clock = clockOf(at(1) ?? '', at(2) ?? at(5), at(3) ?? at(6), at(4) ?? at(7));
  if (clock === undefined) return undefined;
  if (at(8) === 'Z') return [clock, 0];
  if (at(9) === undefined) return [clock, undefined];
  const parts = [at(10), at(11) ?? at(14), at(12) ?? at(15)].map((part) => Number(part ?? 0)) as [number, number, number];
  const size = parts[0] * 3600 + parts[1] * 60 + parts[2];
  return size < DAY_SECONDS ? [clock, at(9) === '-' ? -size : size] : undefined;
}

/** Reads a date and returns it: `2024-02-29`. */
function date(text: string): string | undefined {
  const [, year, month, day] = LENIENT_DATE.exec(withAsciiDigits(text)) ?? [];
  const found = isoDay(text) ?? (year === undefined ? undefined : dayOf(Number(year), Number(month), Number(day)));
  return found === undefined ? undefined : showDay(found);
}

/** Reads a time of day and returns it: `12:30:45.500000`. */
function time(text: string): string | undefined {
  const lenient = LENIENT_TIME.exec(withAsciiDigits(text));
  const clock = isoClock(text)?.[0] ?? (lenient === null ? undefined : clockOf(lenient[1] ?? '', lenient[2], lenient[3], lenient[4]));
  return clock === undefined ? undefined : showClock(clock);
}

/** Reads a datetime and returns it in UTC: `2024-02-29T12:30:45Z`; or returns why it is invalid. */
function dateTime(text: string): string | 'format' | 'overflow' {
  const found = isoMoment(text) ?? lenientMoment(text);
  if (found === undefined) return 'format';
  const [day, clock, offset] = found;
  const seconds = day * DAY_SECONDS + clock.seconds - offset;
  const shown = showDay(Math.floor(seconds / DAY_SECONDS));
  if (shown === undefined) return 'overflow';
  const rest = ((seconds % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS;
  return `${shown}T${showClock({ seconds: rest, micros: clock.micros })}Z`;
}

type Moment = readonly [Day, Clock, offset: number];

function isoMoment(text: string): Moment | undefined {
  const alone = isoDay(text);
  if (alone !== undefined) return [alone, { seconds: 0, micros: 0 }, 0];
  const length = [10, 8].find((length) => isoDay(text.slice(0, length)) !== undefined);
  if (length === undefined) return undefined;
  const [separator] = text.slice(length);
  if (separator === undefined) return undefined;
  const rest = [...text.slice(length)].slice(1).join('');
  const clock = isoClock(rest);
  return clock && [isoDay(text.slice(0, length)) as Day, clock[0], clock[1] ?? 0];
}

function lenientMoment(text: string): Moment | undefined {
  const found = LENIENT_MOMENT.exec(withAsciiDigits(text));
  if (found === null) return undefined;
  const day = dayOf(Number(found[1]), Number(found[2]), Number(found[3]));
  const clock = clockOf(found[4] ?? '', found[5], found[6], found[7]);
  const zone = found[8];
  const offset = zone === undefined || zone === 'Z' ? 0 : (isoClock(`00${zone}`) ?? [])[1];
  return day === undefined || clock === undefined || offset === undefined ? undefined : [day, clock, offset];
}

const NUMBER = '\\d+(?:[.,]\\d+)?';
/** The formats of durations. The groups are the sign, days, hours, minutes, seconds and digits of microseconds. */
const DURATIONS: readonly (readonly [RegExp, signedDays: boolean])[] = [
  [/^(?:(?<days>-?\d+) (?:days?, )?)?(?<sign>-?)(?:(?:(?<hours>\d+):)?(?<minutes>\d+):)?(?<seconds>\d+)(?:[.,](?<micros>\d{1,6})\d{0,6})?\n?$/, false],
  [new RegExp(`^(?<sign>[-+]?)P(?:(?<days>${NUMBER})D)?(?:T(?:(?<hours>${NUMBER})H)?(?:(?<minutes>${NUMBER})M)?(?:(?<seconds>${NUMBER})S)?)?${END}`), true],
  [/^(?:(?<days>-?\d+) (?:days? ?))?(?:(?<sign>[-+])?(?<hours>\d+):(?<minutes>\d\d):(?<seconds>\d\d)(?:\.(?<micros>\d{1,6}))?)?\n?$/, false],
];

/** The limit of DRF in days. */
const DRF_DAYS = 999_999_999;
const DAY_MICROS = BigInt(DAY_SECONDS) * 1_000_000n;

/** Reads a duration and returns it: `1 02:03:04.500000`; or returns why it is invalid. */
function duration(text: string): string | 'format' | 'overflow' {
  for (const [pattern, signedDays] of DURATIONS) {
    const groups = pattern.exec(withAsciiDigits(text))?.groups;
    if (groups !== undefined) return length(groups, signedDays);
  }
  return 'format';
}

function length(groups: { readonly [name: string]: string | undefined }, signedDays: boolean): string {
  const part = (name: string): number => Number((groups[name] ?? '0').replace(',', '.'));
  const sign = groups['sign'] === '-' ? -1 : 1;
  const days = part('days') * (signedDays ? sign : 1);
  const seconds = part('hours') * 3600 + part('minutes') * 60 + part('seconds');
  if (Math.abs(days) > DRF_DAYS || seconds / DAY_SECONDS > DRF_DAYS) return 'overflow';
  const micros = Number((groups['micros'] ?? '').padEnd(6, '0'));
  const total = microsOf(days * DAY_SECONDS) + BigInt(sign) * (microsOf(seconds) + BigInt(micros));
  const [whole] = split(total);
  return whole >= -BigInt(DRF_DAYS) && whole <= BigInt(DRF_DAYS) ? showLength(total) : 'overflow';
}

function microsOf(seconds: number): bigint {
  const whole = Math.trunc(seconds);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((seconds - whole) * 1_000_000));
}

/** Returns the days, and the microseconds of the last day. */
function split(micros: bigint): readonly [days: bigint, rest: bigint] {
  const rest = ((micros % DAY_MICROS) + DAY_MICROS) % DAY_MICROS;
  return [(micros - rest) / DAY_MICROS, rest];
}

function showLength(micros: bigint): string {
  const [days, rest] = split(micros);
  const clock = showClock({ seconds: Number(rest / 1_000_000n), micros: Number(rest % 1_000_000n) });
  return days === 0n ? clock : `${days} ${clock}`;
}

/** The parts of a duration in the server's format. */
const SHOWN = /^(?:(-?\d+) )?(\d\d):(\d\d):(\d\d)(?:\.(\d{6}))?$/;

function micros(duration: string): bigint {
  const [, days = '0', hours = '0', minutes = '0', seconds = '0', fraction = '0'] = SHOWN.exec(duration) ?? [];
  const clock = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return BigInt(days) * DAY_MICROS + BigInt(clock) * 1_000_000n + BigInt(fraction);
}

function timedelta(duration: string): string {
  const [days, clock = ''] = duration.includes(' ') ? duration.split(' ') : ['0', duration];
  const shown = clock.replace(/^0/, '');
  if (days === '0') return shown;
  return `${days} ${days === '1' || days === '-1' ? 'day' : 'days'}, ${shown}`;
}

/** Reads dates, times, datetimes and durations. */
export const calendar: Calendar = { date, time, dateTime, duration, micros, timedelta };
