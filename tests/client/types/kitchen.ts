/** What compiles with the client of `tests/kitchen`, and what must not. It is checked by `tsc`, and never run. */

import type {
  Author,
  Book,
  Card,
  CardPatch,
  Deleted,
  Fixed,
  IsoDate,
  KitchenClient,
  Link,
  RowEvent,
  Shape,
  Specimen,
  SpecimenCreate,
} from '../generated/kitchen/src/index.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if both are the same type. */
function same<A, B>(_: Same<A, B>): void {}

export async function compiles(client: KitchenClient, author: Link<Author>, books: Link<Book[]>): Promise<void> {
  same<Specimen['day'], IsoDate>(true);
  same<Specimen['maybe_text'], string | null>(true);
  same<Card['owner'], number | null>(true);

  // Constants are types of their own; `null` is a value only where they say so.
  same<Fixed['nothing'], null | undefined>(true);
  same<Fixed['no'], false | undefined>(true);
  same<Fixed['hundred'], 100 | undefined>(true);
  same<Fixed['large'], number | undefined>(true);
  same<Fixed['list'], [1, { a: null }] | undefined>(true);
  same<Fixed['one'], 1 | undefined>(true);
  same<Fixed['level'], 'low' | 'high' | undefined>(true);
  same<Fixed['maybe'], 'low' | null | undefined>(true);
  await client.stove.fix({ entry: { a: 1, b: [true, 'é'] }, corner: { x: 0, y: -1.5 }, any: [0] });

  // Links are followed to what they lead to.
  const row = await client.follow(author);
  same<typeof row, Author>(true);
  const rows = await client.follow(books);
  same<typeof rows, Book[]>(true);

  // Forms are told apart by their tag.
  const area = (shape: Shape): number => {
    switch (shape.kind) {
      case 'circle':
        return shape.radius;
      case 'polygon':
        return shape.corners.length;
      case 'pair':
        return area(shape.left) + area(shape.right);
    }
  };
  area({ kind: 'circle', radius: 1 });

  // Where not everybody sees every row, only a key may be left of one.
  client.cards.activity((event) => {
    if (event.action === 'create') same<typeof event.data, Card>(true);
  }, { filter: { lane: 'x' } });
  const changes: RowEvent<Card, Card | Deleted<number>> = { action: 'delete', data: { pk: 1 } };
  void changes;
}

export function doesNot(client: KitchenClient): void {
  // @ts-expect-error: neither of the forms
  const shape: Shape = { kind: 'circle', corners: [] };
  // @ts-expect-error: not the constant
  const fixed: Fixed = { digit: 1 };
  // @ts-expect-error: not the constant either
  const entry: Fixed = { entry: { a: 1, b: [false, 'é'] } };
  void [fixed, entry];
  // @ts-expect-error: not among the values
  const state: Specimen['state'] = 'nowhere';
  // @ts-expect-error: what the server fills in is not sent
  const made: SpecimenCreate['made'] = '';
  // @ts-expect-error: not null
  const patch: CardPatch = { text: null };
  // @ts-expect-error: what is not to be changed is left out
  const absent: CardPatch = { owner: undefined };
  // @ts-expect-error: not filtered by that
  client.cards.activity(() => undefined, { filter: { owner: 1 } });
  void [shape, state, made, patch, absent];
}
