/**
 * What the generated validators say of what clients send, held to what the server says: every input that was recorded
 * with Django REST Framework, for every field of every payload of `tests/kitchen`.
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

const CLIENT = join(import.meta.dirname, '../generated/kitchen/src');
const RECORDED = join(import.meta.dirname, '../../../runtime/tests/drf/fields.json');
const url = setting('DCRF_KITCHEN');

/** Actions that fail when they are told to, that wait for a test, end the connection or judge by themselves. */
const ON_PURPOSE = ['refuse', 'wait', 'simmer', 'burn', 'hold', 'add_all', 'linger', 'quit', 'misdraw', 'label', 'star', 'tables'];

/** What the database or the application says, and nobody else can. */
const OF_THE_SERVER =
  /already exists|object does not exist|^Object with |^Invalid datetime for the timezone|must make a unique set|must be unique|This is another name|This is no value of its column|relates to|is taken|^A reference starts|is not a valid path choice|not an image or a corrupted|couldn't be determined|^Ensure this (?:file|image) /;

/** Something that can be asked. */
interface Asked {
  readonly path: string;
  readonly action: string;
  /** The type of what is sent, and the key of the frame that contains it; undefined if its fields are keys of the frame. */
  readonly type: string;
  readonly under: string | undefined;
  /** The argument that names a row. */
  readonly key: string | undefined;
}

const read = (path: string): string => readFileSync(join(CLIENT, path), 'utf8');

/** What every consumer can be asked for that takes something. */
function asked(): readonly Asked[] {
  const index = read('index.ts');
  const paths = new Map([...index.matchAll(/^ {2}'?([^':]+)'?: '([^']+)',$/gm)].map(([, stream, path]) => [stream, path]));
  const modules = new Map([...index.matchAll(/^import \{ (\w+) \} from '\.\/(.+)\.js';$/gm)].map(([, name, path]) => [name, path]));
  return [...index.matchAll(/new (\w+)\(this\.endpoint\('([^']+)'\)\)/g)].flatMap(([, name, stream]) => {
    const text = read(`${modules.get(name)}.ts`);
    const methods = text.matchAll(/^ {2}\w+\(([^)]*)\)[^{]*\{\n {4}return this\.#at\.(?:call|read)\('([^']+)', \{ (.*) \}, options\);$/gm);
    return [...methods].flatMap(([, parameters = '', action = '', args = '']) => {
      const [, member, type] = /(?:^|\s)(data|input): (\w+)/.exec(parameters) ?? [];
      if (type === undefined || ON_PURPOSE.includes(action)) return [];
      const [, quoted, plain] = /(?:^|, )(?:'([^']+)'|(\w+)): data\b/.exec(args) ?? [];
      const under = member !== 'data' || args.includes('...data') ? undefined : (quoted ?? plain ?? 'data');
      return [{ path: paths.get(stream) ?? '', action, type, under, key: /(?:^|, )(\w+)(?:: pk)?(?=,|$)/.exec(args.includes('pk') ? args : '')?.[1] }];
    });
  });
}

/** The names of the fields that a schema has. */
function fieldsOf(schema: { readonly [keyword: string]: unknown }): readonly string[] {
  const reference = schema['$ref'];
  if (typeof reference !== 'string') return Object.keys(schema['properties'] as object);
  const definitions = schema['$defs'] as { readonly [name: string]: { readonly [keyword: string]: unknown } };
  return fieldsOf(definitions[reference.slice('#/$defs/'.length)] as { readonly [keyword: string]: unknown });
}

/** An answer of the server. */
interface Answer {
  readonly request_id: number;
  readonly errors: readonly unknown[];
  readonly response_status: number;
}

/** What the server says of payloads. A connection may ask so much and no more. */
async function said(of: Asked, payloads: readonly string[]): Promise<readonly Answer[]> {
  const socket = new WebSocket(`${url}${of.path}?ada`);
  await once(socket, 'open');
  const answers: Answer[] = [];
  const all = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      const answer = JSON.parse(String(data)) as Answer;
      if (typeof answer.request_id === 'number') answers[answer.request_id] ??= answer;
      if (Object.keys(answers).length === payloads.length) resolve();
    });
    socket.on('close', () => resolve());
  });
  for (const [id, payload] of payloads.entries()) {
    const args = of.under === undefined ? payload.slice(1, -1) : `${JSON.stringify(of.under)}:${payload}`;
    const key = of.key === undefined ? '' : `${JSON.stringify(of.key)}:1,`;
    socket.send(`{${key}"action":"${of.action}","request_id":${id}${args === '' ? '' : `,${args}`}}`);
  }
  await all;
  socket.close();
  return answers;
}

/** Errors without what only the server can say; nothing if that is all. */
function told(errors: unknown): unknown {
  if (Array.isArray(errors)) {
    const kept = errors.filter((error) => typeof error !== 'string' || !OF_THE_SERVER.test(error));
    return kept.length > 0 ? kept : undefined;
  }
  if (typeof errors !== 'object' || errors === null) return errors;
  const kept = Object.entries(errors).map(([key, inner]) => [key, told(inner)] as const).filter(([, inner]) => inner !== undefined);
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

test('validators say what the server says', async () => {
  const validators = (await import(join(CLIENT, 'validate.ts'))) as { readonly [name: string]: Validator<unknown> };
  const { inputs } = JSON.parse(readFileSync(RECORDED, 'utf8')) as { readonly inputs: readonly (string | null)[] };
  const texts = inputs.filter((input) => input !== null);
  const { exact } = (await import(join(CLIENT, 'validate.ts'))) as { readonly exact: (text: string) => unknown };
  const wrong: string[] = [];
  let compared = 0;
  for (const of of asked()) {
    const validator = validators[of.type.charAt(0).toLowerCase() + of.type.slice(1)];
    if (validator === undefined) throw new Error(`there is no validator of ${of.type}`);
    for (const field of fieldsOf(validator.schema as { readonly [keyword: string]: unknown })) {
      const payloads = texts.map((text) => `{${JSON.stringify(field)}:${text}}`);
      for (const [at, answer] of (await said(of, payloads)).entries()) {
        // What a nested row has to have depends on whether there is one, and the application makes names longer.
        if (['FolderCoverPatch cover', 'TravellerPatch passport', 'PlayerEntryPatch name'].includes(`${of.type} ${field}`)) continue;
        if (answer === undefined || ![200, 201, 400].includes(answer.response_status)) continue;
        const payload = payloads[at] ?? '';
        const errors = told(validator.errors(parse(payload, exact)));
        const wanted = answer.response_status === 400 ? told(answer.errors[0]) : undefined;
        compared += 1;
        if (canonical(errors) === canonical(wanted)) continue;
        wrong.push(`${of.path} ${of.action} of ${payload.slice(0, 200)}: ${JSON.stringify(errors)}, not ${JSON.stringify(wanted)}`);
      }
    }
  }
  console.log(`${compared} answers compared`);
  expect(wrong).toEqual([]);
  expect(compared).toBeGreaterThan(5_000);
});
