/**
 * What the generated validators say, held to what the server says: every value of a file of the test suite of JSON Schema,
 * sent to every action of that file.
 */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { canonical } from '../../../templates/ts/validate/json.ts';
import type { Validator } from '../../../templates/ts/validate/index.ts';
import { setting } from './process.ts';
import { parse } from '../unit/digits.ts';
import { files, groups, SUITE } from '../unit/suite.ts';

const CLIENT = join(import.meta.dirname, '../generated/schemas/src');
const url = setting('DCRF_SCHEMAS');

/** The names of the types that the actions of a consumer take, by the actions. */
function inputs(file: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(CLIENT, `consumers/${kebab(file)}.ts`), 'utf8');
  const found = text.matchAll(/^ {2}group(\d+)\(input: (\w+)/gm);
  return new Map([...found].map(([, number = '', type = '']) => [`group_${number}`, type]));
}

/** `minLength` is the module `min-length`. */
function kebab(file: string): string {
  return file.replace(/_/g, '-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The JSON texts of all values of a file. */
function values(file: string): readonly string[] {
  const text = readFileSync(join(SUITE, 'tests/draft2020-12', `${file}.json`), 'utf8');
  const found = (JSON.parse(text) as readonly { readonly tests: readonly { readonly data: unknown }[] }[]).flatMap(({ tests }) => tests);
  return [...new Set(found.map(({ data }) => JSON.stringify(data)))];
}

/** An answer of the server. */
interface Answer {
  readonly request_id: number;
  readonly errors: readonly unknown[];
  readonly response_status: number;
}

/** What the server says of values of an action: `null` if it takes them. A connection may ask so much and no more. */
async function said(file: string, action: string, texts: readonly string[]): Promise<readonly unknown[]> {
  const socket = new WebSocket(`${url}/ws/${file}/`);
  await once(socket, 'open');
  const answers: unknown[] = [];
  const all = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      const { request_id, errors, response_status } = JSON.parse(String(data)) as Answer;
      answers[request_id] = response_status === 200 ? null : errors[0];
      if (Object.keys(answers).length === texts.length) resolve();
    });
  });
  for (const [id, text] of texts.entries()) socket.send(`{"action":"${action}","request_id":${id},"value":${text}}`);
  await all;
  socket.close();
  return answers;
}

test('validators say what the server says', async () => {
  const validators = (await import(join(CLIENT, 'validate.ts'))) as { readonly [name: string]: Validator<unknown> };
  const { exact } = (await import(join(CLIENT, 'validate.ts'))) as { readonly exact: (text: string) => unknown };
  const wrong: string[] = [];
  let compared = 0;
  for (const file of files('')) {
    const texts = values(file);
    for (const [action, type] of inputs(file)) {
      const validator = validators[type.charAt(0).toLowerCase() + type.slice(1)];
      if (validator === undefined) throw new Error(`there is no validator of ${type}`);
      for (const [at, wanted] of (await said(file, action, texts)).entries()) {
        const text = texts[at] ?? '';
        const errors = validator.errors({ value: parse(text, exact) }) ?? null;
        compared += 1;
        if (canonical(errors) === canonical(wanted)) continue;
        wrong.push(`${file} ${action} of ${text}: ${JSON.stringify(errors)}, not ${JSON.stringify(wanted)}`);
      }
    }
  }
  console.log(`${compared} answers compared`);
  expect(wrong).toEqual([]);
  expect(compared).toBeGreaterThan(10_000);
});
