/** Uploads: files that are sent over HTTP, before the request that stores them in a row. */

import { addressOf } from './address.js';
import { Timer } from './clock.js';
import type { Endpoint } from './endpoint.js';
import { Closed, TimedOut, errorOf } from './errors.js';
import { onAbort, type Stop } from './listeners.js';
import type { RequestOptions } from './requests.js';
import { isObject, type Json } from './scalars.js';

/** The arguments of the URL. */
interface Query {
  readonly [argument: string]: string | number | bigint | undefined;
}

/** What an upload says beside the file. */
export interface UploadOptions<Key> extends RequestOptions {
  /** The key of the row that gets the file. Without it, a new row gets it. */
  readonly of?: Key | undefined;
  /** The name of the file. The default is that of a `File`. */
  readonly name?: string | undefined;
}

/**
 * Sends a file, and returns the value of its field for the request that follows.
 *
 * @param query the arguments of the URL: the key of the row, and the action in which the file is used.
 * @throws {RequestError} if the server refuses the file: {ValidationError} if it is not a file that the field takes.
 * @throws {Closed} if the server cannot be reached, and {TimedOut} if the upload takes longer than `timeout`.
 */
export async function upload(
  at: Endpoint,
  field: string,
  file: Blob,
  query: Query,
  options: UploadOptions<unknown> = {},
): Promise<string> {
  const { name = (file as { readonly name?: string }).name, signal, timeout = at.options.timeout ?? 30_000 } = options;
  const ended = new AbortController();
  const timer = new Timer();
  let stop: Stop = () => undefined;
  const late = new Promise<never>((_, reject) => {
    const end = (error: unknown): void => {
      reject(error);
      ended.abort(error);
    };
    timer.set(timeout, () => end(new TimedOut(`${at.stream} upload: no answer within ${timeout} ms`)));
    stop = onAbort(signal, () => end(signal?.reason));
  });
  try {
    return await Promise.race([late, send(at, field, file, { ...query, name }, ended.signal)]);
  } finally {
    timer.clear();
    stop();
  }
}

async function send(at: Endpoint, field: string, file: Blob, query: Query, signal: AbortSignal): Promise<string> {
  const { token, url } = at.options;
  const secret = (await token?.()) ?? undefined;
  const address = await addressOf(url, `/upload/${encodeURIComponent(at.stream)}/${encodeURIComponent(field)}`);
  address.protocol = address.protocol.replace('ws', 'http');
  for (const [argument, value] of Object.entries(query)) {
    if (value !== undefined) address.searchParams.set(argument, String(value));
  }
  // Without a token cookies say who it is, also on another origin.
  const who: RequestInit = secret === undefined
    ? { credentials: 'include' }
    : { headers: { Authorization: `Bearer ${secret}` } };
  let status;
  let said;
  try {
    signal.throwIfAborted();
    const answer = await fetch(address, { ...who, method: 'POST', body: file, signal });
    [status, said] = [answer.status, read(await answer.text())];
  } catch (cause) {
    throw new Closed(`the upload to ${at.stream} was not answered`, undefined, true, { cause });
  }
  if (status === 201 && isObject(said) && typeof said['upload'] === 'string') return said['upload'];
  throw errorOf({ stream: at.stream, action: 'upload', status: status < 400 ? 500 : status, errors: [said] });
}

/** Returns JSON, or the text of an answer that another server gave, such as a proxy. */
function read(text: string): Json {
  try {
    const json = JSON.parse(text) as Json;
    return isObject(json) && typeof json['detail'] === 'string' ? json['detail'] : json;
  } catch {
    return text;
  }
}
