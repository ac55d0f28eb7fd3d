/** Errors in words for people. */

import { Closed, NotAuthenticated, NotFound, PermissionDenied, RequestError, TimedOut, ValidationError } from 'chat-client';

/** What a person is told whose session has ended. */
export const ENDED = 'Your session has ended. Log in again.';

/** What a person is told of an error. */
export function words(error: unknown): string {
  if (error instanceof ValidationError) return String(Object.values(error.fieldErrors)[0] ?? error.nonFieldErrors[0] ?? 'This is not valid.');
  if (error instanceof NotAuthenticated) return ENDED;
  if (error instanceof PermissionDenied) return 'You may not do this.';
  if (error instanceof NotFound) return 'This does not exist any more.';
  if (error instanceof RequestError && error.status === 429) return 'That was too much at once. Wait a moment, and try again.';
  if (error instanceof RequestError) return 'The server has a problem. Try again.';
  if (error instanceof Closed && error.sent) return 'The connection was lost. Was it sent? Look above.';
  if (error instanceof Closed || error instanceof TimedOut) return 'There is no connection. Try again.';
  return error instanceof Error ? error.message : String(error);
}
