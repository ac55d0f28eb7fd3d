import { describe, expect, test } from 'vitest';

import { formats, validator, type Schema } from '../../../templates/ts/validate/index.ts';
import { documents, files, groups, type Group } from './suite.ts';

const DOCUMENTS = documents();

/** Tests of the suite that end otherwise, each with the reason. */
const DIFFERENT: { readonly [test: string]: string } = {};

/** The tests that do not end as the suite wants it. */
function wrong(name: string, schemaOf: (group: Group) => Schema = ({ schema }) => schema): readonly string[] {
  const found: string[] = [];
  for (const group of groups(name)) {
    const held = validator(schemaOf(group), { documents: DOCUMENTS, formats });
    for (const { description, data, valid } of group.tests) {
      const result = held['~standard'].validate(data);
      if (('value' in result) !== valid) found.push(`${name}: ${group.description}: ${description}`);
    }
  }
  return found.filter((test) => DIFFERENT[test] === undefined);
}

const asserted = ({ schema }: Group): Schema => (typeof schema === 'object' ? { 'x-format': 'assert', ...schema } : schema);

describe('the suite of JSON Schema', () => {
  test.each(files(''))('%s', (name) => {
    expect(wrong(name)).toEqual([]);
  });

  test.each(files('optional/format'))('%s, asserted', (name) => {
    expect(wrong(name, asserted)).toEqual([]);
  });

  test.each(files('optional'))('%s', (name) => {
    expect(wrong(name)).toEqual([]);
  });
});
