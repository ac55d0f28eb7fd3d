/** Subscriptions as callers see them: what they subscribe to, and their events. */

import type { Arguments } from './protocol.js';
import type { Cursor } from './resume.js';
import type { Session } from './session.js';

/**
 * Events that say that others may have been missed: the rows that are shown should be read again.
 *
 * - `resync`: events may have been lost, in the client or between servers
 * - `dropped`: `count` events were left out, because they arrived faster than they were read
 */
export type Gap =
  | { readonly action: 'resync'; readonly data: null }
  | { readonly action: 'dropped'; readonly data: { readonly count: number } };

/** The events of an observer of rows. */
export type RowEvent<Row, Deleted = Row> =
  | { readonly action: 'create'; readonly data: Row }
  | { readonly action: 'update'; readonly data: Row }
  | { readonly action: 'delete'; readonly data: Deleted }
  | Gap;

/** The actions of events whose data is a row, or its key. */
export const ROW_ACTIONS: readonly string[] = ['create', 'update', 'delete'];

/** The events of one row. */
export type InstanceEvent<Row, Key> =
  | { readonly action: 'update'; readonly data: Row }
  | { readonly action: 'delete'; readonly data: Deleted<Key> }
  | Gap;

/** The key of a row that was deleted, or that the subscription does not show any more. */
export interface Deleted<Key> {
  readonly pk: Key;
}

/** An event of a signal of the application. */
export type SignalEvent<Name extends string, Payload> = { readonly action: Name; readonly data: Payload } | Gap;

/**
 * The status of a subscription.
 *
 * - `pending`: the subscribing call was sent
 * - `live`: no event is missed from now on
 * - `lost`: there is no connection, and the next one subscribes again; or the server was not able to subscribe, and is
 *   asked again
 * - `failed`: the server refused the subscription, or ended it
 * - `ended`: it was unsubscribed, by `unsubscribe()` or its signal, or the client was closed
 */
export type SubscriptionStatus = 'pending' | 'live' | 'lost' | 'failed' | 'ended';

/** The actions of an observer or a signal, and their arguments. */
export interface SubscribeTo {
  readonly subscribe: string;
  readonly unsubscribe: string;
  /** The actions of its events. Without them, every event with the subscription's id belongs to it. */
  readonly events?: readonly string[];
  /** The arguments of both actions. */
  readonly args: Arguments;
  /** The arguments of the subscribing action only. */
  readonly filter?: Arguments | undefined;
  /** Keeps its place in the log of changes, if the observer has one. */
  readonly resume?: (session: Session) => Cursor;
  /** False if a success is not answered. */
  readonly reply?: boolean;
}
