/** Links: rows and relations as frames, which a client sends back unchanged. */

import type { Json } from './scalars.js';

/** A frame whose answer is a `T`: see `follow`. */
export interface Link<T> {
  readonly stream: string;
  readonly payload: { readonly action: string; readonly [argument: string]: Json };
  /** A property for the compiler that says what type the link leads to. It never exists. */
  readonly __leadsTo?: T;
}
