/** The pages of lists, and the arguments that filter and order lists. */

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
