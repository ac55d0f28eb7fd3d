/** Rows and relations as frames that a client sends back as they are. */

import type { Json } from './scalars.js';

/** A frame that gives a `T` when it is sent: see `follow`. */
export interface Link<T> {
  readonly stream: string;
  readonly payload: { readonly action: string; readonly [argument: string]: Json };
  /** Never there: it says to the compiler what the link leads to. */
  readonly __leadsTo?: T;
}
