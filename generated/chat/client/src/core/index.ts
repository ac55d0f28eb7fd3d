/** The part of the client that is the same for every definition. */

export { Client } from './client.js';
export type { Backoff } from './clock.js';
export type { Status } from './connection.js';
export { Endpoint } from './endpoint.js';
export {
  CannotConnect,
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
export type {
  Deleted,
  Gap,
  InstanceEvent,
  RowEvent,
  SignalEvent,
  SubscribeTo,
  SubscriptionStatus,
} from './events.js';
export { exactIntegers } from './integers.js';
export type { Link } from './links.js';
export type { Stop } from './listeners.js';
export { Live, type LiveRequest } from './live.js';
export type { LiveOptions, LiveStatus, Snapshot } from './snapshot.js';
export { optimistic } from './optimistic.js';
export type { ClientOptions, Logger } from './options.js';
export {
  byBytes,
  byDatabase,
  byDateTime,
  byDecimal,
  byDuration,
  byInteger,
  byNumber,
  byText,
  byUuid,
  orderOf,
  type Comparator,
  type Comparators,
} from './order.js';
export {
  cursorPages,
  gather,
  gatherLarge,
  offsetPages,
  streamedPages,
  type CursorPage,
  type CursorQuery,
  type Filter,
  type OrderBy,
  type Page,
  type PageQuery,
} from './pages.js';
export { ParameterizedClient } from './places.js';
export { present, type PresentMember } from './presence.js';
export type { Codec } from './protocol.js';
export { resume } from './resume.js';
export type { RequestOptions } from './requests.js';
export type { Base64, Decimal, Duration, Int64, IsoDate, IsoDateTime, IsoTime, Json, Uuid } from './scalars.js';
export type { Close, Socket, SocketConstructor } from './socket.js';
export { Subscription } from './subscription.js';
export { upload, type UploadOptions } from './upload.js';
export type { ViewQuery } from './view.js';
