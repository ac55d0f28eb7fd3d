/** The pages of lists, how they are walked, and the arguments that filter and order lists. */

import type { Endpoint } from './endpoint.js';
import { ValidationError } from './errors.js';
import { Inbox, onAbort } from './listeners.js';
import type { Arguments } from './protocol.js';
import type { RequestOptions } from './requests.js';
import { textOf } from './scalars.js';

/** A page, by `limit` and `offset`. */
export interface Page<Row> {
  /** The number of rows on all pages. */
  readonly count: number;
  readonly results: Row[];
  /** The greatest number of rows of a page. */
  readonly limit: number;
  /** The number of rows before the page. */
  readonly offset: number;
}

/** A page, by cursor. */
export interface CursorPage<Row> {
  readonly results: Row[];
  /** The cursor of the next page. */
  readonly next: string | null;
  /** The cursor of the previous page. */
  readonly previous: string | null;
}

/** The arguments that select a page by `limit` and `offset`. */
export interface PageQuery {
  /** The number of rows of a page; the server has a default and a maximum. */
  readonly limit?: number;
  readonly offset?: number;
}

/** The arguments that select a page by cursor. */
export interface CursorQuery {
  /** The number of rows of a page; the server has a default and a maximum. */
  readonly limit?: number;
  /** The cursor, from a page of the same `filter`, `search` and `order_by`. */
  readonly cursor?: string | null;
}

/**
 * Returns the pages of a list, by `limit` and `offset`. Each page is requested with the last row of the one before, so
 * that a row which is deleted meanwhile moves none out of sight: if that row is not there any more, the walk goes back. A
 * page whose `offset` is less than the number of the rows before takes the place of the last ones.
 */
export async function* offsetPages<Row>(
  at: Endpoint,
  args: Arguments,
  options?: RequestOptions,
): AsyncGenerator<Page<Row>, void, void> {
  const first = Number(args['offset'] ?? 0);
  const { limit } = args;
  /** The places of the rows, by their texts. */
  const read = new Map<string, number>();
  let asked = args;
  let overlap = 1;
  for (let from = first; ; ) {
    const page = await at.read<Page<Row>>('list', asked, options);
    const texts = page.results.map((row) => textOf(row));
    // A server whose pages have one row does not let them overlap.
    if (asked !== args && page.limit <= 1) overlap = 0;
    // What comes after a row that has not changed is the rest of the list.
    let known = texts.length;
    while (known > 0 && !read.has(texts[known - 1] as string)) known -= 1;
    const next = from + texts.length;
    if (known === 0 && from > first && overlap > 0) {
      from = Math.max(first, from - page.limit + 1);
    } else {
      const after = read.get(texts[known - 1] as string);
      const place = after === undefined ? (overlap > 0 ? 0 : read.size) : after + 1;
      for (const [text, at] of read) if (at >= place) read.delete(text);
      texts.slice(known).forEach((text, at) => read.set(text, place + at));
      if (asked === args || known < texts.length) {
        yield { ...page, offset: first + place, results: page.results.slice(known) };
      }
      if (texts.length === 0 || next >= page.count) return;
      from = next - overlap;
    }
    asked = { ...args, offset: from, ...(typeof limit === 'number' && { limit: limit + 1 }) };
  }
}

/** Returns the pages of a list, by cursors. */
export async function* cursorPages<Row>(
  at: Endpoint,
  args: Arguments,
  options?: RequestOptions,
): AsyncGenerator<CursorPage<Row>, void, void> {
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await at.read<CursorPage<Row>>('list', cursor === undefined ? args : { ...args, cursor }, options);
    yield page;
    cursor = page.next;
  }
}

/** Returns the pages of a streamed list: one request is answered with one frame for each page. */
export function streamedPages<Row>(
  at: Endpoint,
  args: Arguments,
  options: RequestOptions = {},
): AsyncIterableIterator<Page<Row>> {
  const stop = new AbortController();
  const { signal, timeout } = options;
  const deafen = onAbort(signal, () => stop.abort(signal?.reason));
  const nothingIsLost = (): never => {
    throw new Error('unreachable: there is no limit');
  };
  const inbox = new Inbox<Page<Row>>(Infinity, nothingIsLost, () => stop.abort());
  at.listMany(args, { signal: stop.signal, timeout }, (data) => {
    const page = data as unknown as Page<Row>;
    inbox.push(page);
    return page.results.length === 0 || page.offset + page.limit >= page.count;
  })
    .then(
      () => inbox.end(),
      (error: unknown) => inbox.end(error),
    )
    .finally(deafen);
  return inbox;
}

/** Returns the rows of all pages, or of as many as have `count` rows. */
export async function gather<Row>(
  pages: AsyncIterable<{ readonly results: readonly Row[]; readonly offset?: number }>,
  count = Infinity,
): Promise<Row[]> {
  const rows: Row[] = [];
  let first: number | undefined;
  for await (const { results, offset } of pages) {
    first ??= offset;
    if (offset !== undefined && first !== undefined) rows.splice(offset - first);
    rows.push(...results);
    if (rows.length >= count) break;
  }
  return rows;
}

/** The number of rows of a page that live rows ask for, if the server does not have a smaller maximum. */
const LARGE = 500;

/**
 * Returns the rows of a list, or `count` of them: by large pages, or if the server finds those too large, by its own.
 *
 * @param walk returns the pages with these arguments.
 */
export async function gatherLarge<Row>(
  walk: (args: { readonly limit?: number }) => AsyncIterable<{
    readonly results: readonly Row[];
    readonly offset?: number;
  }>,
  count = Infinity,
): Promise<Row[]> {
  try {
    return await gather(walk({ limit: Math.min(count, LARGE) }), count);
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    return gather(walk({}), count);
  }
}

/** Conditions on fields: `{stars: 5, name__contains: 'x'}`. A row has to meet all of them. */
export type Filter<Fields> = {
  readonly [Key in keyof Fields & string as Key | `${Key}__eq`]?: Fields[Key];
} & {
  readonly [Key in keyof Fields & string as `${Key}__in`]?: readonly Fields[Key][];
} & {
  readonly [Key in keyof Fields & string as `${Key}__${'lt' | 'lte' | 'gt' | 'gte'}`]?: NonNullable<Fields[Key]>;
} & {
  readonly [Key in Texts<Fields> as `${Key}__${'contains' | 'starts_with'}`]?: string;
} & {
  readonly [Key in keyof Fields & string as `${Key}__isnull`]?: boolean;
} & {
  readonly [Key in keyof Fields & string as `${Key}__range`]?: readonly [
    NonNullable<Fields[Key]>,
    NonNullable<Fields[Key]>,
  ];
};

/** The fields that are texts. */
type Texts<Fields> = {
  [Key in keyof Fields & string]: NonNullable<Fields[Key]> extends string ? Key : never;
}[keyof Fields & string];

/** A field by which a list is ordered; with a `-`, in descending order. */
export type OrderBy<Field extends string> = Field | `-${Field}`;
