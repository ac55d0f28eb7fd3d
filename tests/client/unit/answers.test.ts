import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { canonical } from '../../../templates/ts/validate/json.ts';
import { formats, validator, type Schema } from '../../../templates/ts/validate/index.ts';
import { parse } from './digits.ts';
import { groups, SUITE } from './suite.ts';

/** What the server answers to the tests of a group, and the group's schema with all that it refers to. */
interface Answered {
  readonly file: string;
  readonly description: string;
  readonly schema: Schema;
  readonly answers: readonly unknown[];
}

const ANSWERED = parse(readFileSync(join(SUITE, 'answers.json'), 'utf8')) as readonly Answered[];

/** What is answered otherwise than by the server. */
function different(schemaOf: (answered: Answered) => Schema, needs: Parameters<typeof validator>[1]): readonly string[] {
  const wrong: string[] = [];
  for (const answered of ANSWERED) {
    const { file, description, answers } = answered;
    const group = groups(file)[ANSWERED.filter((other) => other.file === file).indexOf(answered)];
    const held = validator(schemaOf(answered), needs);
    for (const [at, answer] of answers.entries()) {
      const errors = held.errors(group?.tests[at]?.data) ?? null;
      if (canonical(errors) === canonical(answer)) continue;
      wrong.push(`${file}: ${description}: ${group?.tests[at]?.description}: ${JSON.stringify(errors)}, not ${JSON.stringify(answer)}`);
    }
  }
  return wrong;
}

test('the suite is answered as by the server', () => {
  expect(different(({ schema }) => schema, { formats })).toEqual([]);
});
