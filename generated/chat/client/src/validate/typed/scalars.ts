/** Scalars other than numbers and texts, as fields of Django REST Framework read them. */

import { canonical, type Members } from '../json.js';
import type { Calendar, Forms, Strptime } from '../run.js';
import { doesNotExist, incorrectType, invalid, invalidChoice, isNull, refuse, Refusal } from './fault.js';
import { key } from './numbers.js';
import { str, type Shape } from './shape.js';

const YES = ['t', 'y', 'yes', 'true', 'on', '1'];
const NO = ['f', 'n', 'no', 'false', 'off', '0'];

/** Reads DRF's `BooleanField`, which also accepts texts and numbers that mean yes or no. */
export function boolean(schema: Members, shape: Shape): boolean | null | Refusal {
  if (shape.is === 'boolean') return shape.value;
  if (shape.is === 'integer' || shape.is === 'float') {
    const number = Number(shape.text);
    if (number === 1 || number === 0) return number === 1;
  }
  if (shape.is === 'text') {
    const text = shape.text.toLowerCase();
    if (YES.includes(text)) return true;
    if (NO.includes(text)) return false;
    if (schema['allow_null'] === true && (text === 'null' || text === '')) return null;
  }
  return invalid('Must be a valid boolean.');
}

/** Reads DRF's `UUIDField`, from a text, or from a number of 128 bits. */
export function uuid(shape: Shape): string | Refusal {
  let hex: string | undefined;
  if (shape.is === 'boolean') hex = shape.value ? '1' : '0';
  if (shape.is === 'integer' && !shape.text.startsWith('-')) hex = BigInt(shape.text).toString(16);
  hex = hex?.padStart(32, '0');
  if (shape.is === 'text') {
    hex = shape.text.replaceAll('urn:', '').replaceAll('uuid:', '').replace(/^[{}]+|[{}]+$/g, '').replaceAll('-', '');
  }
  const found = /^([\da-f]{8})([\da-f]{4})([\da-f]{4})([\da-f]{4})([\da-f]{12})$/i.exec(hex ?? '');
  return found === null ? invalid('Must be a valid UUID.') : found.slice(1).join('-').toLowerCase();
}

const wrong = (kind: string, format: string): Refusal =>
  refuse('invalid', `${kind} has wrong format. Use one of these formats instead: {format}.`, { format });

/** A text that no format accepts, so that the error is about the format. */
const NO_TEXT = ' ';
const textOf = (shape: Shape): string => (shape.is === 'text' ? shape.text : NO_TEXT);

const outOfRange = (): Refusal => refuse('overflow', 'Datetime value out of range.');

export function date(shape: Shape, calendar: Calendar | undefined): string | Refusal {
  return calendar?.date(textOf(shape)) ?? wrong('Date', 'YYYY-MM-DD');
}

export function time(shape: Shape, calendar: Calendar | undefined): string | Refusal {
  return calendar?.time(textOf(shape)) ?? wrong('Time', 'hh:mm[:ss[.uuuuuu]]');
}

export function dateTime(shape: Shape, calendar: Calendar | undefined): string | Refusal {
  const found = calendar?.dateTime(textOf(shape)) ?? 'format';
  if (found === 'overflow') return outOfRange();
  return found === 'format' ? wrong('Datetime', 'YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]') : found;
}

/** The formats of a field: a pattern for each of `strptime`, and how messages name all of them. */
interface OwnFormats {
  readonly patterns: readonly string[];
  readonly named: string;
}

/**
 * Reads a date, a time or a date-time by the formats of its field, and returns the text unchanged, because the server
 * reads no other. Only the server knows which times a time zone skips or repeats.
 */
export function formatted(
  schema: Members,
  shape: Shape,
  calendar: Calendar | undefined,
  strptime: Strptime | undefined,
): string | Refusal {
  const { patterns, named } = schema['x-input-formats'] as OwnFormats;
  const [text, kind] = [textOf(shape), schema['format'] as string];
  const isMoment = kind === 'date-time';
  for (const pattern of shape.is === 'text' ? patterns : []) {
    const found = pattern === ISO ? iso(kind, text, calendar) : strptime?.(pattern, text);
    if (found === 'overflow' && isMoment) return outOfRange();
    if (found !== undefined) return text;
  }
  return wrong(isMoment ? 'Datetime' : kind === 'date' ? 'Date' : 'Time', named);
}

const ISO = 'iso-8601';

function iso(kind: string, text: string, calendar: Calendar | undefined): string | undefined {
  if (kind === 'date') return calendar?.date(text);
  if (kind === 'time') return calendar?.time(text);
  const found = calendar?.dateTime(text);
  return found === 'format' ? undefined : found;
}

/** Reads DRF's `DurationField`, from a text, or from a number, which is read like its text. */
export function duration(schema: Members, shape: Shape, calendar: Calendar | undefined): string | Refusal {
  const isNumber = shape.is === 'integer' || shape.is === 'float';
  const found = calendar?.duration(isNumber ? str(shape) : textOf(shape)) ?? 'format';
  if (found === 'format') return wrong('Duration', '[DD] [HH:[MM:]]ss[.uuuuuu]');
  // A column has 64 bits of microseconds.
  const isTooLong = schema['x-column'] === true && BigInt.asIntN(64, calendar?.micros(found) ?? 0n) !== calendar?.micros(found);
  if (found !== 'overflow' && !isTooLong) return found;
  const days = found === 'overflow' ? 999_999_999 : 106_751_990;
  const text = 'The number of days must be between {min_days} and {max_days}.';
  return refuse('overflow', text, { min_days: -days, max_days: days });
}

const BASE64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/][AQgw]==|[A-Za-z\d+/]{2}[AEIMQUYcgkosw048]=)?$/;

/** Reads bytes in base64. */
export function bytes(shape: Shape): string | Refusal {
  return shape.is === 'text' && BASE64.test(shape.text) ? shape.text : invalid('Enter valid base64 text.');
}

/** Reads a value of an `enum`; DRF's `ChoiceField` also accepts its text (`"3"` for 3). */
export function choice(schema: Members, value: unknown, shape: Shape, drf: boolean): unknown {
  const choices = schema['enum'] as readonly unknown[];
  const isBlank = drf && shape.is === 'text' && shape.text === '' && schema['allow_blank'] === true;
  // A choice of integers is never blank, because a column of integers cannot hold a text.
  if (isBlank && choices.every((choice) => typeof choice === 'string')) return '';
  const input = str(shape);
  const isValue = shape.is !== 'list' && shape.is !== 'map';
  const found = choices.find((choice) =>
    drf ? isValue && String(choice) === input : canonical(choice) === canonical(value),
  );
  return found ?? new Refusal([invalidChoice(input)]);
}

/** Reads DRF's `PrimaryKeyRelatedField`; only the database can tell whether such a row exists. */
export function relatedKey(
  schema: Members,
  value: unknown,
  shape: Shape,
  nullable: boolean,
  forms: Forms | undefined,
): unknown {
  if (shape.is === 'null' || (shape.is === 'text' && shape.text === '')) return nullable ? null : isNull();
  if (shape.is === 'boolean') return incorrectType(shape);
  const isText = schema['type'] !== 'integer' && schema['format'] !== 'uuid';
  // Django looks a text up: that of the list.
  if (shape.is === 'list' || shape.is === 'map') {
    if (isText) return doesNotExist(str(shape));
    if (schema['type'] === 'integer') return incorrectType(shape);
  }
  if (schema['type'] === 'integer') {
    const found = key(shape);
    if (found === undefined) return incorrectType(shape);
    return BigInt.asIntN(64, found) === found ? fitting(found, value) : doesNotExist(str(shape));
  }
  switch (schema['format']) {
    case 'uuid': {
      const found = uuid(shape);
      return found instanceof Refusal ? refuse('no_uuid', '“{value}” is not a valid UUID.', { value: str(shape) }) : found;
    }
    case 'ip':
    case 'ipv4':
    case 'ipv6':
      if (shape.is === 'text' && forms?.address('ip', shape.text) === undefined) return doesNotExist(shape.text);
      return str(shape);
    default:
      return shape.is === 'text' && /\0|\p{Surrogate}/u.test(shape.text) ? incorrectType(shape) : str(shape);
  }
}

/** Returns an integer as a number, if JavaScript represents it exactly, and as it was given otherwise. */
export function fitting(number: bigint, given: unknown): unknown {
  return Number.isSafeInteger(Number(number)) ? Number(number) : given;
}
