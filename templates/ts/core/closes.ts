/** What a server says by closing a connection. */

import { errorOf } from './errors.js';
import type { Close } from './socket.js';

/** The close codes by which a server refuses a client, each with the status of an answer that means the same. */
const REFUSALS: { readonly [code: number]: number | undefined } = {
  1008: 403, 3000: 401, 3003: 403, 4400: 400, 4401: 401, 4403: 403, 4404: 404,
};

/** The close codes by which a server rejects a frame of the client, which may be sent again. */
export const OBJECTIONS: readonly number[] = [1002, 1003, 1007, 1009];

/** Returns the error of a connection that the server refuses. */
export function refusalOf(status: number, reason: string): unknown {
  return errorOf({ stream: '', action: 'connect', status, errors: reason === '' ? [] : [reason] });
}

/**
 * Returns why the server refuses a client, unless the next try may differ: after a 401 it can have a new token.
 */
export function refusalBy({ code, reason }: Close, hasToken: boolean): unknown {
  const status = REFUSALS[code];
  return status === undefined || (status === 401 && hasToken) ? undefined : refusalOf(status, reason);
}

/**
 * Returns after how many milliseconds to connect again, if a restarting server says so: it gives each client another
 * time.
 */
export function waitBy(close: Close | undefined): number | undefined {
  const wait = /^1012 .*retry in (\d{1,5}) ms/.exec(`${close?.code} ${close?.reason}`);
  return wait === null ? undefined : Number(wait[1]);
}
