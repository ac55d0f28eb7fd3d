/** One look at a value: what it has found, and how much work that was. */

import type { Library, Schema, Site } from './documents.js';
import { itemsOf, kindOf, membersOf, type Kind } from './json.js';
import { Refused, type Place, type Problem } from './problem.js';
import { TOO_DEEP, TOO_MUCH } from './sentences.js';

/** Arrays and objects in each other. */
export const MAX_DEPTH = 64;
/** Schemas that are applied within each other. */
const MAX_SCHEMAS = 256;
const STEPS = 100_000;
const STEPS_PER_CHARACTER = 16;

/** What was found. */
export interface Found {
  readonly problems: Problem[];
}

export const nothing = (): Found => ({ problems: [] });

/** What schemas have looked at, of one object or array. */
export interface Evaluated {
  readonly names: Set<string>;
  readonly items: Set<number>;
}

/** The resources that were entered on the way, the last one first. */
export interface Scope {
  readonly site: Site;
  readonly outer: Scope | undefined;
}

/** A value at its place. */
export interface Subject {
  readonly value: unknown;
  readonly kind: Kind;
  readonly at: Place | undefined;
  /** Of an object. */
  readonly members: ReadonlyMap<string, unknown>;
  /** Of an array. */
  readonly items: readonly unknown[];
}

const NO_MEMBERS: ReadonlyMap<string, unknown> = new Map();
const NO_ITEMS: readonly unknown[] = [];

/** A plain value at its place. */
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

/** Holds a value against a schema, and gives it as it is read. */
export type Read = (run: Run, schema: Schema, scope: Scope, subject: Subject, found: Found) => unknown;


/** What is to be said of a text that is not of a format: nothing if nobody knows the format. */
export type Formats = (format: string, text: string) => string | undefined;

/** Texts of days, times of day, moments and lengths of time, as the server shows them; or why they are none. */
export interface Calendar {
  readonly date: (text: string) => string | undefined;
  readonly time: (text: string) => string | undefined;
  readonly dateTime: (text: string) => string | 'format' | 'overflow';
  readonly duration: (text: string) => string | 'format' | 'overflow' | 'too long';
}

/** A form of texts: what has it, and what is said of a text that has not and of what is no text at all. */
export interface Form {
  readonly matches: (text: string) => boolean;
  readonly code: string;
  readonly message: string;
  readonly noText: string;
}

/** The forms of texts, by their formats, and the one text of an IP address. */
export interface Forms {
  readonly of: (format: unknown) => Form | undefined;
  readonly address: (format: unknown, text: string) => string | undefined;
}

/** What reads values beyond what every value asks for. Who needs none of it has none of it in a page. */
export interface Means {
  /** The keywords of JSON Schema. */
  readonly keywords?: Read | undefined;
  /** The formats of JSON Schema, where they are asserted. */
  readonly formats?: Formats | undefined;
  readonly calendar?: Calendar | undefined;
  readonly forms?: Forms | undefined;
}

/** One look at a value. */
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

  /** Takes steps. */
  readonly step = (steps = 1): void => {
    this.#steps -= steps;
    if (this.#steps < 0) throw new Refused(TOO_MUCH);
  };

  /** Does what a schema asks for inside of another one. */
  within(apply: () => void): void {
    this.step();
    this.#schemas += 1;
    if (this.#schemas > MAX_SCHEMAS) throw new Refused(TOO_DEEP);
    apply();
    this.#schemas -= 1;
  }
}

/** About how many characters the JSON of a value has, what is too deep aside. */
function sizeOf(value: unknown, depth = 0): number {
  const { kind, members, items } = subject(value);
  if (kind === 'string') return (value as string).length + 2;
  if ((kind !== 'array' && kind !== 'object') || depth > MAX_DEPTH) return 4;
  let size = 2;
  for (const item of items) size += sizeOf(item, depth + 1) + 1;
  for (const [key, member] of members) size += key.length + 4 + sizeOf(member, depth + 1);
  return size;
}

/** Whether there are more arrays and objects within each other than may be. */
export function isTooDeep(value: unknown, most = MAX_DEPTH): boolean {
  const { kind, members, items } = subject(value);
  if (kind !== 'array' && kind !== 'object') return false;
  return most <= 0 || [...items, ...members.values()].some((inner) => isTooDeep(inner, most - 1));
}
