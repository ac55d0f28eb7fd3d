/** What can go wrong: an answer that is no success, or no answer at all. */

import type { Json } from './scalars.js';

/** What is wrong with a field: sentences, or what is wrong with its own fields or items. */
export type FieldErrors = readonly string[] | { readonly [key: string]: FieldErrors };

/** An answer with a status from 400 up. */
export interface Failure {
  readonly stream: string;
  /** The `action` of the answer. */
  readonly action: Json;
  /** The `response_status` of the answer. */
  readonly status: number;
  /** The `errors` of the answer, as they came. */
  readonly errors: readonly Json[];
}

/** The first of every error of this client. */
export class DcrfError extends Error {
  override name = 'DcrfError';
}

/** There can be no connection as things are: there is no class of sockets, or the address is none. */
export class CannotConnect extends DcrfError {
  override name = 'CannotConnect';
}

/** The server refused a request. */
export class RequestError extends DcrfError {
  override name = 'RequestError';
  readonly stream: string;
  readonly action: Json;
  readonly status: number;
  readonly errors: readonly Json[];

  constructor(failure: Failure, message?: string) {
    super(message ?? `${failure.stream} ${text(failure.action)}: ${sentence(failure)} (${failure.status})`);
    this.stream = failure.stream;
    this.action = failure.action;
    this.status = failure.status;
    this.errors = failure.errors;
  }
}

/** 400: the input is wrong. */
export class ValidationError<Field extends string = string> extends RequestError {
  override name = 'ValidationError';

  /** What is wrong, by field. What is wrong with the whole stands under `non_field_errors`. */
  get fieldErrors(): { readonly [key in Field | 'non_field_errors']?: FieldErrors } {
    const found: { [key: string]: FieldErrors } = {};
    for (const error of this.errors) {
      if (isFieldErrors(error) && !Array.isArray(error)) Object.assign(found, error);
    }
    return found as { readonly [key in Field | 'non_field_errors']?: FieldErrors };
  }

  /** The sentences that concern no field. */
  get nonFieldErrors(): readonly string[] {
    const sentences = this.errors.filter((error) => typeof error === 'string');
    const whole = this.fieldErrors.non_field_errors;
    return Array.isArray(whole) ? [...sentences, ...(whole as readonly string[])] : sentences;
  }
}

/** 401: the server does not know who is asking, or not any more. */
export class NotAuthenticated extends RequestError {
  override name = 'NotAuthenticated';
}

/** 403 */
export class PermissionDenied extends RequestError {
  override name = 'PermissionDenied';
}

/** 404 */
export class NotFound extends RequestError {
  override name = 'NotFound';
}

/** 500 and above: the fault is the server's. */
export class ServerError extends RequestError {
  override name = 'ServerError';
}

/** The connection was closed. If the request was on its way, it is not known whether the server acted on it. */
export class Closed extends DcrfError {
  override name = 'Closed';

  constructor(
    message: string,
    /** The close code (RFC 6455, 7.4), where there was one. */
    readonly code?: number,
    /** Whether the request had been sent. */
    readonly sent = false,
  ) {
    super(message);
  }
}

/**
 * No answer came in time. If the request was on its way, it is not known whether the server acted on it; if there was
 * no connection, the `cause` says why, as far as that is known.
 */
export class TimedOut extends DcrfError {
  override name = 'TimedOut';
}

/** More requests wait for a connection than may. */
export class QueueFull extends DcrfError {
  override name = 'QueueFull';
}

/** The server sent what is no answer of the protocol. */
export class ProtocolError extends DcrfError {
  override name = 'ProtocolError';
}

/** The error for an answer. */
export function errorOf(failure: Failure): RequestError {
  switch (failure.status) {
    case 400:
      return new ValidationError(failure);
    case 401:
      return new NotAuthenticated(failure);
    case 403:
      return new PermissionDenied(failure);
    case 404:
      return new NotFound(failure);
    default:
      return failure.status >= 500 ? new ServerError(failure) : new RequestError(failure);
  }
}

/** What a server answers again, however often it is asked the same. */
const FINAL: readonly number[] = [400, 401, 403, 404];

/** Whether it is of no use to try again by oneself: all other failures may be over at the next try. */
export function isFinal(error: unknown): boolean {
  return error instanceof CannotConnect || (error instanceof RequestError && FINAL.includes(error.status));
}

function isFieldErrors(value: Json): value is FieldErrors & Json {
  if (Array.isArray(value)) return value.every((item) => typeof item === 'string');
  return typeof value === 'object' && value !== null;
}

function sentence(failure: Failure): string {
  return failure.errors.map(text).join(' ') || 'refused';
}

function text(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
