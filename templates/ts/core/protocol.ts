/** Frames of the protocol of Django Channels REST Framework, and of channelsmultiplexer around them. */

import { ProtocolError } from './errors.js';
import type { Json } from './scalars.js';

/** The arguments of an action: the members of its frame beside `action` and `request_id`. */
export type Arguments = { readonly [key: string]: unknown };

/** The envelope of an answer or an event, with its five keys. */
export interface Envelope {
  readonly action: Json;
  readonly request_id: Json;
  readonly response_status: number;
  readonly errors: readonly Json[];
  readonly data: Json;
}

/** A received frame: an envelope, or a frame in the application's own format. */
export type Received =
  | { readonly stream: string | undefined; readonly envelope: Envelope }
  | { readonly stream: string | undefined; readonly frame: Json };

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
  let value: Json;
  try {
    value = json.parse(text) as Json;
  } catch (error) {
    throw new ProtocolError('the server sent what is not JSON', { cause: error });
  }
  let stream: string | undefined;
  if (multiplexed && isObject(value) && 'payload' in value) {
    stream = typeof value['stream'] === 'string' ? value['stream'] : undefined;
    value = value['payload'] ?? null;
  }
  return isEnvelope(value) ? { stream, envelope: value } : { stream, frame: value };
}

function isObject(value: Json): value is { readonly [key: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEnvelope(value: Json): value is Json & Envelope {
  return (
    isObject(value) &&
    typeof value['response_status'] === 'number' &&
    Array.isArray(value['errors']) &&
    'action' in value &&
    'request_id' in value &&
    'data' in value
  );
}
