/**
 * The errors of a value: the codes and messages of Django REST Framework, and an application's own messages in their
 * place.
 */

import { typeOf, type Shape } from './shape.js';

/** One error: its code, its message, and the values of the `{placeholders}` in the message. */
export interface Fault {
  readonly code: string;
  readonly text: string;
  readonly parameters: { readonly [name: string]: string | number };
}

/** Messages by their codes. */
export type Messages = { readonly [code: string]: string };

/**
 * The errors by which a value is refused. Those of objects, and of lists of them, concern the whole
 * (`non_field_errors`).
 */
export class Refusal {
  constructor(
    readonly faults: readonly Fault[],
    readonly whole = false,
  ) {}
}

/** Returns an error. */
export function fault(code: string, text: string, parameters: Fault['parameters'] = {}): Fault {
  return { code, text, parameters };
}

/** Returns a refusal with one error. */
export function refuse(code: string, text: string, parameters: Fault['parameters'] = {}): Refusal {
  return new Refusal([fault(code, text, parameters)]);
}

export const required = (): Refusal => refuse('required', 'This field is required.');
export const noFile = (): Refusal => refuse('required', 'No file was submitted.');
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

export const noJson = (): Fault => fault('invalid', 'Value must be valid JSON.');

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

/** Returns the message of an error: the application's own one, if it has one. */
export function worded({ code, text, parameters }: Fault, messages: Messages | undefined): string {
  const template = messages !== undefined && Object.hasOwn(messages, code) ? (messages[code] as string) : text;
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(parameters, name) ? String(parameters[name]) : whole,
  );
}
