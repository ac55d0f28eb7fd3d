/** Frames of the protocol of Django Channels REST Framework, and of channelsmultiplexer around them. */

import { ProtocolError } from './errors.js';
import { isObject, type Json } from './scalars.js';

/** The arguments of an action: the members of its frame beside `action` and `request_id`. */
export type Arguments = { readonly [key: string]: unknown };

/** The envelope of an answer or an event, with its five keys. */
export interface Envelope {
  readonly action: Json;
  readonly request_id: Json;
  readonly response_status: number;
  readonly errors: readonly Json[];
  readonly data: Json;
  /** What a server with a log of changes says beside them. */
  readonly $dcrf?: Mark;
}

/** The place of a frame in the log of changes. */
export interface Mark {
  readonly pos?: string;
}

/** A received frame: an envelope, or a payload in the application's own format. */
export interface Received {
  readonly stream: string | undefined;
  readonly payload: Json;
}

/** Reads and writes JSON, as the global `JSON` does. */
export interface Codec {
  parse(text: string): unknown;
  stringify(value: unknown): string;
}

/** Returns the text of a request. */
export function encode(
  stream: string | undefined,
  action: string,
  id: string,
  args: Arguments,
  json: Codec = JSON,
): string {
  const payload = { action, request_id: id, ...args };
  return json.stringify(stream === undefined ? payload : { stream, payload });
}

/**
 * Parses a frame.
 *
 * @param multiplexed whether frames are wrapped in `{"stream", "payload"}`.
 * @throws {ProtocolError} if the text is not JSON.
 */
export function decode(text: string, multiplexed: boolean, json: Codec = JSON): Received {
  let payload: Json;
  let stream: string | undefined;
  try {
    payload = json.parse(text) as Json;
  } catch (cause) {
    throw new ProtocolError('the server sent what is not JSON', { cause });
  }
  if (multiplexed && isObject(payload) && 'payload' in payload) {
    if (typeof payload['stream'] === 'string') stream = payload['stream'];
    payload = payload['payload'] ?? null;
  }
  return { stream, payload };
}

/** Tells whether a payload is an envelope. */
export function isEnvelope(payload: Json): payload is Json & Envelope {
  return (
    isObject(payload) &&
    typeof payload['response_status'] === 'number' &&
    Array.isArray(payload['errors']) &&
    ['action', 'request_id', 'data'].every((key) => key in payload)
  );
}
