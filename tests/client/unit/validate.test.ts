import { describe, expect, test } from 'vitest';

import { formats, validator, type Schema } from '../../../templates/ts/validate/index.ts';
import { documents, files, groups, type Group } from './suite.ts';

const DOCUMENTS = documents();

/** Tests of the suite that end otherwise, each with the reason. */
const DIFFERENT: { readonly [test: string]: string } = {
  'optional/cross-draft: refs to historic drafts are processed as historic drafts: first item not a string is valid':
    'the generator writes schemas of older drafts anew as those of 2020-12 (see the tests of answers)',
};

/** How many groups and tests a file has, and which do not end as the suite wants it. */
function run(name: string, schemaOf: (group: Group) => Schema = ({ schema }) => schema): readonly string[] {
  const wrong: string[] = [];
  for (const group of groups(name)) {
    const held = validator(schemaOf(group), { documents: DOCUMENTS, formats });
    for (const { description, data, valid } of group.tests) {
      const result = held['~standard'].validate(data);
      if ('value' in result !== valid) wrong.push(`${name}: ${group.description}: ${description}`);
    }
  }
  return wrong.filter((test) => DIFFERENT[test] === undefined);
}

const asserted = ({ schema }: Group): Schema => (typeof schema === 'object' ? { 'x-format': 'assert', ...schema } : schema);

describe('the suite of JSON Schema', () => {
  test('is here as a whole', () => {
    const required = files('').flatMap(groups);
    expect([required.length, required.flatMap(({ tests }) => tests).length]).toEqual([383, 1299]);
  });

  test.each(files(''))('%s', (name) => {
    expect(run(name)).toEqual([]);
  });

  test.each(files('optional/format'))('%s, asserted', (name) => {
    expect(run(name, asserted)).toEqual([]);
  });

  test.each(files('optional'))('%s', (name) => {
    expect(run(name)).toEqual([]);
  });
});
