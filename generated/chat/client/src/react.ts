/** A hook for React: rows that stay up to date. */

import { useEffect, useState, useSyncExternalStore } from 'react';

import type { Live, Snapshot } from './core/index.js';

const LOADING: Snapshot<never> = { rows: [], status: 'loading', error: undefined };

/**
 * Rows that stay up to date while the component is there.
 *
 * @param open makes them, such as `() => client.rooms.live()`; called again when `dependencies` change.
 */
export function useLive<Row, Key>(open: () => Live<Row, Key>, dependencies: readonly unknown[]): Snapshot<Row> {
  const [live, setLive] = useState<Live<Row, Key>>();
  useEffect(() => {
    const opened = open();
    setLive(opened);
    return () => {
      // Who is gone does not wait for the answer; a connection that is lost ends it, too.
      opened.close().catch(() => undefined);
    };
    // The caller says what it depends on.
  }, dependencies);
  return useSyncExternalStore(
    live?.subscribe ?? (() => () => undefined),
    live?.snapshot ?? (() => LOADING),
    () => LOADING,
  );
}
