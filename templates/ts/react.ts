/** Hooks for React: rows that stay up to date, and the status of the connection. */

import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';

import type { Client, Live, LiveStatus, Snapshot, Status } from './core/index.js';

/** The values that a component shows: the rows, their status, and a function that tries again. */
export interface LiveRows<Row> extends Omit<Snapshot<Row>, 'status'> {
  /** The status of the rows; `skipped` if the hook was told to skip them. */
  readonly status: LiveStatus | 'skipped';
  /** Whether the rows are those of the former dependencies: see `keepPrevious`. */
  readonly previous: boolean;
  /** Tries again now, after any failure. */
  readonly retry: () => void;
}

export interface UseLiveOptions<Row> {
  /** With true, no rows are opened. */
  readonly skip?: boolean;
  /** The rows that are shown, as `stale`, until the first ones are read: those that a server has rendered, for example. */
  readonly initial?: readonly Row[];
  /** Whether the rows of the former dependencies are shown until those of the new ones are read. */
  readonly keepPrevious?: boolean;
}

/** Live rows, the dependencies that they were opened with, and the rows that were shown before. */
interface Opened<Row, Key> {
  readonly live: Live<Row, Key>;
  readonly dependencies: readonly unknown[];
  readonly previous: readonly Row[] | undefined;
}

const LOADING: Snapshot<never> = { rows: [], status: 'loading', error: undefined };
const nothing = (): void => undefined;

/**
 * Returns rows that stay up to date while the component is mounted.
 *
 * @param open makes the live rows, such as `() => client.rooms.live()`; it is called again when `dependencies` change.
 */
export function useLive<Row, Key>(
  open: () => Live<Row, Key>,
  dependencies: readonly unknown[],
  { skip = false, initial, keepPrevious = false }: UseLiveOptions<Row> = {},
): LiveRows<Row> {
  const [opened, setOpened] = useState<Opened<Row, Key>>();
  useEffect(() => {
    if (skip) return undefined;
    const live = open();
    setOpened((before) => ({ live, dependencies, previous: before && shown(before) }));
    return () => {
      // Another component, or this one in strict mode, may open the same rows in the same commit: they are shared then.
      // An unmounted component does not wait for the answer; a lost connection ends the subscription, too.
      queueMicrotask(() => void live.close().catch(nothing));
    };
    // The caller passes the dependencies.
  }, [skip, ...dependencies]);
  // Rows that were opened with other dependencies are not shown as those of these.
  const current = opened !== undefined && same(opened.dependencies, dependencies);
  const live = current && !skip ? opened.live : undefined;
  const snapshot = useSyncExternalStore<Snapshot<Row>>(
    live?.subscribe ?? (() => nothing),
    live?.snapshot ?? (() => LOADING),
    () => LOADING,
  );
  const retry = live?.retry ?? nothing;
  const loading = snapshot.status === 'loading';
  const former = keepPrevious && loading && !skip && opened !== undefined ? (current ? opened.previous : shown(opened)) : undefined;
  const given = loading && former === undefined ? initial : undefined;
  return useMemo(() => {
    const status = skip ? 'skipped' : given !== undefined ? 'stale' : snapshot.status;
    return { ...snapshot, rows: former ?? given ?? snapshot.rows, status, previous: former !== undefined, retry };
  }, [snapshot, former, given, skip, retry]);
}

/** Returns the status of a client, which is that of its connection. */
export function useStatus(client: Client): Status {
  return useSyncExternalStore(
    useCallback((listener: () => void) => client.onStatus(listener), [client]),
    () => client.status,
    () => 'idle',
  );
}

/** Returns the rows that were shown with the former dependencies, if they had been read. */
function shown<Row, Key>({ live, previous }: Opened<Row, Key>): readonly Row[] | undefined {
  const { rows, status } = live.snapshot();
  return status === 'loading' || (status === 'closed' && rows.length === 0) ? previous : rows;
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, index) => Object.is(value, b[index]));
}
