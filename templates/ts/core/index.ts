/** The part of the client that is the same for every definition. */

export { Client, type ClientOptions } from './client.js';
export type { Backoff } from './clock.js';
export type { Close, Socket, SocketConstructor, Status } from './connection.js';
export { Endpoint, gather, type SubscribeTo } from './endpoint.js';
export {
  Closed,
  DcrfError,
  NotAuthenticated,
  NotFound,
  PermissionDenied,
  ProtocolError,
  QueueFull,
  RequestError,
  ServerError,
  TimedOut,
  ValidationError,
  type Failure,
  type FieldErrors,
} from './errors.js';
export type { Link } from './links.js';
export type { Stop } from './listeners.js';
export { Live, orderOf, type LiveOptions, type LiveStatus, type Snapshot } from './live.js';
export type { CursorPage, CursorQuery, Filter, OrderBy, Page, PageQuery } from './pages.js';
export type { Base64, Decimal, Duration, IsoDate, IsoDateTime, IsoTime, Json, Uuid } from './scalars.js';
export type { RequestOptions } from './session.js';
export {
  Subscription,
  type Deleted,
  type Gap,
  type InstanceEvent,
  type RowEvent,
  type SignalEvent,
  type SubscriptionStatus,
} from './subscription.js';
export type { ViewQuery } from './view.js';
