/** What tells that a connection may be possible again, or may have ended while the machine slept. */

import type { Stop } from './listeners.js';

interface Target {
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
}

/** Calls the listener whenever the browser has a network again, or shows its page again. */
export function onceAwake(then: () => void): Stop {
  const { document } = globalThis as { document?: Target & { readonly visibilityState?: string } };
  const shown = (): void => {
    if (document?.visibilityState === 'visible') then();
  };
  const each = (what: 'addEventListener' | 'removeEventListener'): void => {
    (globalThis as Target)[what]?.('online', then);
    document?.[what]?.('visibilitychange', shown);
  };
  each('addEventListener');
  return () => each('removeEventListener');
}
