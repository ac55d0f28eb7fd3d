/** What compiles with the client of `tests/golden/structures`, and what must not. It is checked by `tsc`, and never run. */

import type { Json } from '../../../templates/ts/core/index.ts';
import type { DrawInput, DrawInputFill, FillInInput, StructuresClient, Tree } from '../generated/golden-structures/src/index.ts';
import { drawInput, fillInInput, tree } from '../generated/golden-structures/src/validate.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if both are the same type. */
function same<A, B>(_: Same<A, B>): void {}

/** What a Standard Schema gives, as libraries infer it. */
type Output<S extends { readonly '~standard': { readonly types?: { readonly output: unknown } | undefined } }> = NonNullable<
  S['~standard']['types']
>['output'];

export async function compiles(client: StructuresClient): Promise<void> {
  same<DrawInput['pair'], [number, string]>(true);
  same<DrawInput['path'], [number?, ...(number | null)[]] | undefined>(true);
  same<DrawInput['labels'], { [key: string]: string } | undefined>(true);
  same<DrawInput['mode'], 'fast' | 2 | null | { custom: [1, true] } | undefined>(true);
  same<DrawInput['both'], ({ a: number } & ({ b: Json } | { c: Json })) | undefined>(true);
  same<DrawInputFill, 'none' | number[]>(true);
  same<DrawInput['odd'], Json | undefined>(true);
  await client.plan.draw({
    pair: [1, 'a'],
    tree: { value: 1, trees: [{ value: 2 }] },
    path: [1, null],
    labels: { a: 'x' },
    mode: { custom: [1, true] },
    both: { a: 1, c: [] },
  });

  same<Output<typeof drawInput>, DrawInput>(true);
  same<Output<typeof fillInInput>, FillInInput>(true);
  const result = tree['~standard'].validate({ value: 1 });
  if (result.issues === undefined) same<typeof result.value, Tree>(true);
  else same<(typeof result.issues)[number]['path'], readonly (string | number)[]>(true);
}

export async function doesNotCompile(client: StructuresClient): Promise<void> {
  // @ts-expect-error a pair has two
  await client.plan.draw({ pair: [1] });
  // @ts-expect-error and not three
  await client.plan.draw({ pair: [1, 'a', 2] });
  // @ts-expect-error of these types
  await client.plan.draw({ pair: ['a', 1] });
  // @ts-expect-error none of the values
  await client.plan.draw({ pair: [1, 'a'], mode: 'slow' });
  // @ts-expect-error labels are texts
  await client.plan.draw({ pair: [1, 'a'], labels: { a: 1 } });
  // @ts-expect-error it has neither `b` nor `c`
  await client.plan.draw({ pair: [1, 'a'], both: { a: 1 } });
}
