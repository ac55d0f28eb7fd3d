/** The official test suite of JSON Schema 2020-12, and the documents that it refers to. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Documents, Schema } from '../../../templates/ts/validate/index.ts';
import { parse } from './digits.ts';

/** Where the suite is. */
export const SUITE = join(import.meta.dirname, '../../json-schema');
const DIALECT = join(import.meta.dirname, '../../../scalars/src/schema/dialect');
const TESTS = join(SUITE, 'tests/draft2020-12');
const REMOTES = join(SUITE, 'remotes');

/** A schema with values that are right or wrong. */
export interface Group {
  readonly description: string;
  readonly schema: Schema;
  readonly tests: readonly { readonly description: string; readonly data: unknown; readonly valid: boolean }[];
}

/** The groups of a file, such as `optional/bignum`. */
export function groups(name: string): readonly Group[] {
  return parse(readFileSync(join(TESTS, `${name}.json`), 'utf8')) as readonly Group[];
}

/** The files of a folder, by their names. */
export function files(folder: string): readonly string[] {
  const names = readdirSync(join(TESTS, folder)).filter((name) => name.endsWith('.json'));
  return names.map((name) => join(folder, name.slice(0, -'.json'.length))).sort();
}

/** The documents of the suite, by their URIs. */
export function documents(): Documents {
  const found: { [uri: string]: Schema } = {};
  for (const path of readdirSync(REMOTES, { recursive: true, encoding: 'utf8' })) {
    if (path.endsWith('.json')) found[`http://localhost:1234/${path}`] = read(join(REMOTES, path));
  }
  const base = 'https://json-schema.org/draft/2020-12';
  for (const file of readdirSync(DIALECT)) {
    const name = file.slice(0, -'.json'.length);
    found[name === 'schema' ? `${base}/schema` : `${base}/meta/${name}`] = read(join(DIALECT, file));
  }
  return found;
}

function read(path: string): Schema {
  return parse(readFileSync(path, 'utf8')) as Schema;
}
