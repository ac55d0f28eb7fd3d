/** A hook for React: rows that stay up to date. */

import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';

import type { Live, Snapshot } from './core/index.js';

/** What a component shows. */
export interface LiveRows<Row> extends Snapshot<Row> {
  /** Tries again now, whatever has failed. */
  readonly retry: () => void;
}

/** Live rows, and what they were opened for. */
interface Opened<Row, Key> {
  readonly live: Live<Row, Key>;
  readonly dependencies: readonly unknown[];
}

const LOADING: Snapshot<never> = { rows: [], status: 'loading', error: undefined };
const nothing = (): void => undefined;

/**
 * Rows that stay up to date while the component is there.
 *
 * @param open makes them, such as `() => client.rooms.live()`; called again when `dependencies` change.
 */
export function useLive<Row, Key>(open: () => Live<Row, Key>, dependencies: readonly unknown[]): LiveRows<Row> {
  const [opened, setOpened] = useState<Opened<Row, Key>>();
  useEffect(() => {
    const live = open();
    setOpened({ live, dependencies });
    return () => {
      // Who is gone does not wait for the answer; a connection that is lost ends it, too.
      live.close().catch(nothing);
    };
    // The caller says what it depends on.
  }, dependencies);
  // What was opened for other dependencies is not what is asked for.
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
