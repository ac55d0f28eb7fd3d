/** A hook for React: rows that stay up to date. */

import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';

import type { Live, Snapshot } from './core/index.js';

/** The values that a component shows: the rows, their status, and a function that tries again. */
export interface LiveRows<Row> extends Snapshot<Row> {
  /** Tries again now, after any failure. */
  readonly retry: () => void;
}

/** Live rows, and the dependencies that they were opened with. */
interface Opened<Row, Key> {
  readonly live: Live<Row, Key>;
  readonly dependencies: readonly unknown[];
}

const LOADING: Snapshot<never> = { rows: [], status: 'loading', error: undefined };
const nothing = (): void => undefined;

/**
 * Returns rows that stay up to date while the component is mounted.
 *
 * @param open makes the live rows, such as `() => client.rooms.live()`; it is called again when `dependencies` change.
 */
export function useLive<Row, Key>(open: () => Live<Row, Key>, dependencies: readonly unknown[]): LiveRows<Row> {
  const [opened, setOpened] = useState<Opened<Row, Key>>();
  useEffect(() => {
    const live = open();
    setOpened({ live, dependencies });
    return () => {
      // An unmounted component does not wait for the answer; a lost connection ends the subscription, too.
      live.close().catch(nothing);
    };
    // The caller passes the dependencies.
  }, dependencies);
  // Rows that were opened with other dependencies are not shown.
  const live = opened !== undefined && same(opened.dependencies, dependencies) ? opened.live : undefined;
  const snapshot = useSyncExternalStore<Snapshot<Row>>(
    live?.subscribe ?? (() => nothing),
    live?.snapshot ?? (() => LOADING),
    () => LOADING,
  );
  const retry = live?.retry ?? nothing;
  return useMemo(() => ({ ...snapshot, retry }), [snapshot, retry]);
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, index) => Object.is(value, b[index]));
}
