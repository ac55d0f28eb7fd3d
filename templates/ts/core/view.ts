/** Consumers that are HTTP services of the application. */

import type { Json } from './scalars.js';

/** What the frame of an action of a view carries. */
export interface ViewQuery {
  /** The query of the request. */
  readonly query?: { readonly [key: string]: Json };
  /** What the service finds as the parameters of the frame. */
  readonly parameters?: { readonly [key: string]: Json };
  /** The body. */
  readonly data?: Json;
}
