/** What is wrong with a value: the codes and texts of Django REST Framework, and an application's own in their place. */

import { typeOf, type Shape } from './shape.js';

/** One complaint: its code, its text, and what the `{placeholders}` in the text stand for. */
export interface Fault {
  readonly code: string;
  readonly text: string;
  readonly parameters: { readonly [name: string]: string | number };
}

/** Texts by their codes. */
export type Messages = { readonly [code: string]: string };

/** Why a value is refused; of objects, and lists of them, it is said of the whole (`non_field_errors`). */
export class Refusal {
  constructor(
    readonly faults: readonly Fault[],
    readonly whole = false,
  ) {}
}

/** A complaint. */
export function fault(code: string, text: string, parameters: Fault['parameters'] = {}): Fault {
  return { code, text, parameters };
}

/** A refusal with one complaint. */
export function refuse(code: string, text: string, parameters: Fault['parameters'] = {}): Refusal {
  return new Refusal([fault(code, text, parameters)]);
}

export const required = (): Refusal => refuse('required', 'This field is required.');
export const isNull = (): Refusal => refuse('null', 'This field may not be null.');
export const blank = (): Refusal => refuse('blank', 'This field may not be blank.');
export const invalid = (text: string): Refusal => refuse('invalid', text);
export const noForm = (): Refusal => refuse('no_match', 'Does not match any of the allowed forms.');
export const tooDeep = (): Refusal => refuse('too_deep', 'Value is nested too deeply.');

export function invalidChoice(input: string): Fault {
  return fault('invalid_choice', '"{input}" is not a valid choice.', { input });
}

export function empty(map: boolean): Fault {
  return fault('empty', map ? 'This dictionary may not be empty.' : 'This list may not be empty.');
}

export function surrogate(unit: number): Fault {
  const text = 'Surrogate characters are not allowed: U+{code_point}.';
  return fault('surrogate_characters_not_allowed', text, { code_point: unit.toString(16).toUpperCase() });
}

export function notAList(found: Shape): Fault {
  return fault('not_a_list', 'Expected a list of items but got type "{input_type}".', { input_type: typeOf(found) });
}

export function notADictionary(found: Shape): Refusal {
  const text = 'Invalid data. Expected a dictionary, but got {datatype}.';
  return new Refusal([fault('invalid', text, { datatype: typeOf(found) })], true);
}

export function incorrectType(found: Shape): Refusal {
  const text = 'Incorrect type. Expected pk value, received {data_type}.';
  return refuse('incorrect_type', text, { data_type: typeOf(found) });
}

export function doesNotExist(key: string): Refusal {
  return refuse('does_not_exist', 'Invalid pk "{pk_value}" - object does not exist.', { pk_value: key });
}

/** What is said: in the application's own words, if it has some. */
export function worded({ code, text, parameters }: Fault, messages: Messages | undefined): string {
  const template = messages !== undefined && Object.hasOwn(messages, code) ? (messages[code] as string) : text;
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(parameters, name) ? String(parameters[name]) : whole,
  );
}
