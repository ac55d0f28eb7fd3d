/** Consumers that are HTTP services of the application. */

import type { Json } from './scalars.js';

/** The arguments of an action of a view. */
export interface ViewQuery {
  /** The query parameters of the request. */
  readonly query?: { readonly [key: string]: Json };
  /** The parameters of the frame, as the service receives them. */
  readonly parameters?: { readonly [key: string]: Json };
  /** The body of the request. */
  readonly data?: Json;
}
