/** The validation of one value: the problems that it has found, and the steps that it has taken. */

import type { Library, Schema, Site } from './documents.js';
import { itemsOf, kindOf, membersOf, type Kind, type Members } from './json.js';
import { Refused, type Place, type Problem } from './problem.js';
import { TOO_DEEP, TOO_MUCH } from './sentences.js';
import type { Refusal } from './typed/fault.js';
import type { Shape } from './typed/shape.js';

/** The greatest number of arrays and objects that may be nested in each other. */
export const MAX_DEPTH = 64;
/** The greatest number of schemas that may be applied within each other. */
const MAX_SCHEMAS = 256;
const STEPS = 100_000;
const STEPS_PER_CHARACTER = 16;

/** The problems that were found. */
export interface Found {
  readonly problems: Problem[];
}

export const nothing = (): Found => ({ problems: [] });

/** The members and items of an object or array that schemas have evaluated. */
export interface Evaluated {
  readonly names: Set<string>;
  readonly items: Set<number>;
}

/** The dynamic scope: the resources that were entered, the last one first. */
export interface Scope {
  readonly site: Site;
  readonly outer: Scope | undefined;
}

/** A value at its place. */
export interface Subject {
  readonly value: unknown;
  readonly kind: Kind;
  readonly at: Place | undefined;
  /** The members of an object. */
  readonly members: ReadonlyMap<string, unknown>;
  /** The items of an array. */
  readonly items: readonly unknown[];
}

const NO_MEMBERS: ReadonlyMap<string, unknown> = new Map();
const NO_ITEMS: readonly unknown[] = [];

/** Returns a plain value at its place. */
export function subject(value: unknown, at?: Place): Subject {
  const kind = kindOf(value);
  return {
    value,
    kind,
    at,
    members: kind === 'object' ? membersOf(value as object) : NO_MEMBERS,
    items: kind === 'array' ? itemsOf(value as readonly unknown[]) : NO_ITEMS,
  };
}

/** Validates a value against a schema, and returns it as it is read. */
export type Read = (run: Run, schema: Schema, scope: Scope, subject: Subject, found: Found) => unknown;

/** Returns the message for a text that does not match a format; undefined if it matches or the format is unknown. */
export type Formats = (format: string, text: string) => string | undefined;

/**
 * Reads dates, times, datetimes and durations and returns their texts in the server's format, or why they are invalid.
 */
export interface Calendar {
  readonly date: (text: string) => string | undefined;
  readonly time: (text: string) => string | undefined;
  readonly dateTime: (text: string) => string | 'format' | 'overflow';
  readonly duration: (text: string) => string | 'format' | 'overflow';
  /** Returns the microseconds of a duration in the server's format. */
  readonly micros: (duration: string) => bigint;
  /** Returns a duration in the server's format as Python shows it: `1 day, 2:03:04`. */
  readonly timedelta: (duration: string) => string;
}

/** Reads a date and time by a pattern: `overflow` if it is out of range in UTC; undefined if it does not match. */
export type Strptime = (pattern: string, text: string) => 'valid' | 'overflow' | undefined;

/** A form of texts: a test, and the messages for a text that does not match and for a value that is not a text. */
export interface Form {
  readonly matches: (text: string) => boolean;
  readonly code: string;
  readonly message: string;
  readonly noText: string;
}

/** The forms of texts by their formats, and the canonical text of an IP address. */
export interface Forms {
  readonly of: (format: unknown) => Form | undefined;
  readonly address: (format: unknown, text: string) => string | undefined;
}

/** Reads DRF's `DecimalField`, and returns its text with as many decimal places as the field has. */
export type Decimals = (shape: Shape, maxDigits?: number, decimalPlaces?: number) => string | Refusal;

/** Reads a relation to several rows, or to rows that a slug names, by the class of its field in DRF. */
export type Relations = (
  field: string, schema: Members, value: unknown, shape: Shape, nullable: boolean, run: Run,
) => unknown;

/** Reads what stands for a file, by the class of its field in DRF. */
export type Files = (field: string, schema: Members, shape: Shape, nullable: boolean) => unknown;

/** The optional parts of the validators. What a schema does not need is left out of a page's bundle. */
export interface Means {
  /** Validates by the keywords of JSON Schema. */
  readonly keywords?: Read | undefined;
  /** Validates by the formats of JSON Schema, where they are asserted. */
  readonly formats?: Formats | undefined;
  readonly calendar?: Calendar | undefined;
  /** Reads dates and times by the formats of a field. */
  readonly strptime?: Strptime | undefined;
  readonly forms?: Forms | undefined;
  readonly decimals?: Decimals | undefined;
  readonly relations?: Relations | undefined;
  readonly files?: Files | undefined;
}

/** The validation of one value. */
export class Run {
  #steps: number;
  #schemas = 0;

  constructor(
    readonly library: Library,
    readonly means: Means,
    value: unknown,
  ) {
    this.#steps = STEPS + STEPS_PER_CHARACTER * sizeOf(value);
  }

  /** Takes steps; throws if there are too many. */
  readonly step = (steps = 1): void => {
    this.#steps -= steps;
    if (this.#steps < 0) throw new Refused(TOO_MUCH);
  };

  /** Applies a schema inside of another one. */
  within(apply: () => void): void {
    this.step();
    this.#schemas += 1;
    if (this.#schemas > MAX_SCHEMAS) throw new Refused(TOO_DEEP);
    apply();
    this.#schemas -= 1;
  }
}

/** Returns about how many characters the JSON of a value has, without what is nested too deeply. */
function sizeOf(value: unknown, depth = 0): number {
  const { kind, members, items } = subject(value);
  if (kind === 'string') return (value as string).length + 2;
  if ((kind !== 'array' && kind !== 'object') || depth > MAX_DEPTH) return 4;
  let size = 2;
  for (const item of items) size += sizeOf(item, depth + 1) + 1;
  for (const [key, member] of members) size += key.length + 4 + sizeOf(member, depth + 1);
  return size;
}

/** Tells whether more arrays and objects are nested in each other than allowed. */
export function isTooDeep(value: unknown, most = MAX_DEPTH): boolean {
  const { kind, members, items } = subject(value);
  if (kind !== 'array' && kind !== 'object') return false;
  return most <= 0 || [...items, ...members.values()].some((inner) => isTooDeep(inner, most - 1));
}
