/** The errors of the client: an answer that is a failure, or a missing answer. */

import { isObject, type Json } from './scalars.js';

/** The errors of a field: messages, or the errors of its own fields or items. */
export type FieldErrors = readonly string[] | { readonly [key: string]: FieldErrors };

/** An answer whose status is 400 or higher. */
export interface Failure {
  readonly stream: string;
  /** The `action` of the answer. */
  readonly action: Json;
  /** The `response_status` of the answer. */
  readonly status: number;
  /** The `errors` of the answer, unchanged. */
  readonly errors: readonly Json[];
}

/** The base class of all errors of this client. */
export class DcrfError extends Error {
  override name = 'DcrfError';
}

/** No connection is possible: there is no class of sockets, or the URL is invalid. */
export class CannotConnect extends DcrfError {
  override name = 'CannotConnect';
}

/** The server refused a request. */
export class RequestError extends DcrfError {
  override name = 'RequestError';
  readonly stream!: string;
  readonly action!: Json;
  readonly status!: number;
  readonly errors!: readonly Json[];

  constructor(failure: Failure, message?: string) {
    const { stream, action, status, errors } = failure;
    super(message ?? `${stream} ${text(action)}: ${errors.map(text).join(' ') || 'refused'} (${status})`);
    Object.assign(this, { stream, action, status, errors });
  }
}

/** The server answered 400: the input is invalid. */
export class ValidationError<Field extends string = string> extends RequestError {
  override name = 'ValidationError';

  /** The errors by field. Errors of the whole input are under `non_field_errors`. */
  get fieldErrors(): { readonly [key in Field | 'non_field_errors']?: FieldErrors } {
    const found: { [key: string]: FieldErrors } = {};
    for (const error of this.errors) {
      if (isObject(error)) Object.assign(found, error);
    }
    return found as { readonly [key in Field | 'non_field_errors']?: FieldErrors };
  }

  /** The messages that do not belong to a field. */
  get nonFieldErrors(): readonly string[] {
    const sentences = this.errors.filter((error) => typeof error === 'string');
    const whole = this.fieldErrors.non_field_errors;
    return Array.isArray(whole) ? [...sentences, ...(whole as readonly string[])] : sentences;
  }
}

/** The server answered 401: the user of the request is not authenticated, or the session has expired. */
export class NotAuthenticated extends RequestError {
  override name = 'NotAuthenticated';
}

/** The server answered 403: the user may not do this. */
export class PermissionDenied extends RequestError {
  override name = 'PermissionDenied';
}

/** The server answered 404: the object does not exist. */
export class NotFound extends RequestError {
  override name = 'NotFound';
}

/** The server answered 500 or higher: the error is the server's. */
export class ServerError extends RequestError {
  override name = 'ServerError';
}

/**
 * The connection was closed. If the request had been sent, it is unknown whether the server executed it. The `cause`
 * says why it was closed, if that is known.
 */
export class Closed extends DcrfError {
  override name = 'Closed';

  constructor(
    message: string,
    /** The close code (RFC 6455, section 7.4), if there was one. */
    readonly code?: number,
    /** Whether the request had been sent. */
    readonly sent = false,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * There was no answer in time. If the request had been sent, it is unknown whether the server executed it; if there was
 * no connection, the `cause` says why, as far as that is known.
 */
export class TimedOut extends DcrfError {
  override name = 'TimedOut';
}

/** Too many requests wait for a connection. The `cause` says why there is none, if that is known. */
export class QueueFull extends DcrfError {
  override name = 'QueueFull';
}

/** The server sent a frame that violates the protocol. */
export class ProtocolError extends DcrfError {
  override name = 'ProtocolError';
}

const CLASSES: { readonly [status: number]: typeof RequestError | undefined } = {
  400: ValidationError, 401: NotAuthenticated, 403: PermissionDenied, 404: NotFound,
};

/** Returns the error for an answer that is a failure. */
export function errorOf(failure: Failure): RequestError {
  const { status } = failure;
  return new (CLASSES[status] ?? (status >= 500 ? ServerError : RequestError))(failure);
}

/** Tells whether trying again is useless. After any other failure the next try may succeed. */
export function isFinal(error: unknown): boolean {
  return error instanceof CannotConnect || (error instanceof RequestError && error.status in CLASSES);
}

function text(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
