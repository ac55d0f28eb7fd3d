/** What compiles with live rows in an order of their own, and what must not. It is checked by `tsc`, and never run. */

import { Live, byDateTime, optimistic, orderOf, type LiveClient, type Volume } from '../generated/golden-live/src/index.ts';
import { useLive, useStatus } from '../generated/golden-live/src/react.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if both are the same type. */
function same<A, B>(_: Same<A, B>): void {}

export async function compiles(client: LiveClient): Promise<void> {
  const live = client.volumes.live({ filter: { title: 'a' }, order_by: ['-cost', 'shelf__keeper__name'] });
  same<(typeof live.rows)[number], Volume>(true);
  client.volumes.live(7).retry();
  client.ranks.live({ limit: 10 }, { signal: new AbortController().signal }).reload();
  const { rows: first, more } = client.volumes.live({ limit: 3 }).snapshot();
  same<typeof more, boolean | undefined>(true);
  client.volumes.live().apply(first[0] as Volume);
  const changed = await optimistic(client.volumes.live(), 7, (row) => row && { ...row, lent: true }, Promise.resolve(1));
  same<typeof changed, number>(true);
  const { rows, retry } = useLive(() => client.volumes.live(), [client]);
  same<typeof rows, readonly Volume[]>(true);
  same<typeof retry, () => void>(true);
  const kept = useLive(() => client.volumes.live(), [client], { skip: false, initial: [], keepPrevious: true });
  same<typeof kept.status, 'loading' | 'live' | 'stale' | 'failed' | 'closed' | 'skipped'>(true);
  same<ReturnType<typeof useStatus>, typeof client.status>(true);
  const own = new Live<Volume>({
    subscribe: (callback, options) => client.volumes.activity(callback, options),
    load: async (signal) => (await client.volumes.list({}, { signal })).results,
    key: (row) => row.id,
    compare: orderOf(['-seen', 'id'], { seen: byDateTime }),
  });
  const { error, status } = own.snapshot();
  same<typeof error, unknown>(true);
  same<typeof status, 'loading' | 'live' | 'stale' | 'failed' | 'closed'>(true);
  client.connect();
  client.reconnect();
  client.reconnect({ forget: true });
  if (client.status === 'refused') console.log(client.lastError);
}

export function doesNot(client: LiveClient): void {
  // @ts-expect-error: it is called `cost`
  client.volumes.live({ order_by: ['price'] });
  // @ts-expect-error: not searched
  client.volumes.live({ search: 'a' });
  // @ts-expect-error: neither filtered nor ordered
  client.ranks.live({ order_by: ['rank'] });
}
