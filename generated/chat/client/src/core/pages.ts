/** Lists: their pages, and what they are narrowed and ordered by. */

/** A page by `limit` and `offset`. */
export interface Page<Row> {
  /** All rows, on whichever page. */
  readonly count: number;
  readonly results: Row[];
  /** The longest that a page is. */
  readonly limit: number;
  /** How many rows come before the page. */
  readonly offset: number;
}

/** A page by cursor. */
export interface CursorPage<Row> {
  readonly results: Row[];
  /** The cursor of the page after it. */
  readonly next: string | null;
  /** The cursor of the page before it. */
  readonly previous: string | null;
}

/** Which page is wanted. */
export interface PageQuery {
  /** Rows of a page; the server has a default, and a limit of its own. */
  readonly limit?: number;
  readonly offset?: number;
}

/** Which page is wanted. */
export interface CursorQuery {
  /** Rows of a page; the server has a default, and a limit of its own. */
  readonly limit?: number;
  /** From a page of the same `filter`, `search` and `order_by`. */
  readonly cursor?: string | null;
}

/** Conditions on fields: `{stars: 5, name__contains: 'x'}`. All of them hold. */
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

/** A field by which a list is ordered; with a `-`, the largest first. */
export type OrderBy<Field extends string> = Field | `-${Field}`;
