/** What compiles with the option `exact_integers` of a definition. It is checked by `tsc`, and never run. */

import type { Entry, EntryCreate, Int64, LedgerClient } from '../generated/golden-exact_integers/src/index.ts';
import type { Volume } from '../generated/golden-live/src/index.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if both are the same type. */
function same<A, B>(_: Same<A, B>): void {}

export async function compiles(client: LedgerClient): Promise<void> {
  same<Int64, number | bigint>(true);
  same<Entry['id'], number | bigint>(true);
  same<Entry['parent'], number | bigint | null>(true);
  same<Entry['amounts'], (number | bigint)[]>(true);
  // What its limits keep small is a number, and so is a number with a fraction.
  same<Entry['level'], number>(true);
  same<EntryCreate['share'], number>(true);
  const entry = await client.entry.retrieve(9_007_199_254_740_993n);
  await client.entry.create({ ...entry, account: 1, amounts: [1, 2n] });
  const live = client.entry.live({ filter: { account__in: [1, 2n], account__gt: 3n } });
  const key: (row: Entry) => Int64 = live.view.options.key;
  client.entry.live(key(entry)).retry();
  // @ts-expect-error: it may be a `bigint`.
  const account: number = entry.account;
  console.log(account);
  // Without the option it is a number.
  same<Volume['id'], number>(true);
}
