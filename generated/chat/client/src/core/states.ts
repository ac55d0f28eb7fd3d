/**
 * The state machines of a connection, a subscription and live rows, as tables: what each event does in each state. They
 * know neither clocks nor sockets; `connection.ts`, `subscription.ts` and `live-view.ts` do what belongs to a state when it is
 * entered. `docs/client.md` shows the same tables.
 */

/** The state that each event leads to, in each state. An event that is not named has no effect. */
export type Machine<State extends string, Event extends string> = {
  readonly [S in State]: { readonly [E in Event]?: State };
};

/**
 * The states of a connection.
 *
 * - `preparing`: it waits for the URL and the token
 * - `dialing`: it waits for the handshake
 * - `authenticating`: it waits for the answer to the token in the first frame
 */
export type ConnectionState =
  | 'idle' | 'preparing' | 'dialing' | 'authenticating' | 'open' | 'waiting' | 'refused' | 'closed';

/**
 * The events of a connection.
 *
 * - `need`: a request needs it
 * - `connect`: `connect()`, the browser has a network again, or its page is shown again
 * - `reconnect`: `reconnect()`
 * - `prepared`: the URL and the token are there
 * - `opened`: the handshake is done, and the token has to be sent
 * - `ready`: requests may be sent
 * - `lost`: the socket has closed, nobody answers, or a try has failed; the next one may succeed
 * - `refused`: the server does not admit this client, or there can never be a connection
 * - `due`: the wait is over
 * - `close`: `close()`
 */
export type ConnectionEvent =
  | 'need' | 'connect' | 'reconnect' | 'prepared' | 'opened' | 'ready' | 'lost' | 'refused' | 'due' | 'close';

const [preparing, waiting, refused, closed] = ['preparing', 'waiting', 'refused', 'closed'] as const;
/** The events that end a try. */
const ends = { reconnect: preparing, lost: waiting, refused, close: closed } as const;

export const CONNECTION: Machine<ConnectionState, ConnectionEvent> = {
  idle: { need: preparing, connect: preparing, reconnect: preparing, close: closed },
  preparing: { ...ends, prepared: 'dialing' },
  dialing: { ...ends, opened: 'authenticating', ready: 'open' },
  authenticating: { ...ends, ready: 'open' },
  open: ends,
  waiting: { connect: preparing, reconnect: preparing, refused, due: preparing, close: closed },
  refused: { connect: preparing, reconnect: preparing, close: closed },
  closed: {},
};

/**
 * The states of a subscription.
 *
 * - `waiting`: it waits for a connection
 * - `pending`: the subscribing call was sent
 * - `live`: no event is missed from now on
 * - `pausing`: the server was not able to subscribe, and is asked again after a wait
 * - `failed`: the server refused it, or ended it
 * - `ended`: it was unsubscribed
 */
export type SubscriptionState = 'waiting' | 'pending' | 'live' | 'pausing' | 'failed' | 'ended';

/**
 * The events of a subscription.
 *
 * - `opened`: there is a connection
 * - `answered`: the server has confirmed it
 * - `interrupted`: the connection is lost
 * - `failed`: the server could not subscribe, did not answer in time, or could not deliver an event
 * - `due`: the wait is over
 * - `retry`: `retry()`
 * - `refused`: the next try would end in the same way
 * - `end`: `unsubscribe()`, its signal, or the end of the client
 */
export type SubscriptionEvent =
  | 'opened' | 'answered' | 'interrupted' | 'failed' | 'due' | 'retry' | 'refused' | 'end';

/** The events that end a subscription. */
const over = { refused: 'failed', end: 'ended' } as const;

export const SUBSCRIPTION: Machine<SubscriptionState, SubscriptionEvent> = {
  waiting: { ...over, opened: 'pending' },
  pending: { ...over, answered: 'live', interrupted: waiting, failed: 'pausing' },
  live: { ...over, interrupted: waiting, failed: 'pausing' },
  pausing: { ...over, interrupted: waiting, due: 'pending', retry: 'pending' },
  failed: {},
  ended: {},
};

/**
 * The states of live rows.
 *
 * - `asking`: they wait for the subscription, or for a connection
 * - `reading`: the rows are being read
 * - `rereading`: the rows are being read, and have to be read once more
 * - `live`: events keep them up to date
 * - `waiting`: they are read after a wait
 * - `pausing`: the subscription has ended by itself, and they subscribe again after a wait
 * - `failed`: the server refuses them
 * - `closed`: they are not updated any more
 */
export type LiveState =
  | 'asking' | 'reading' | 'rereading' | 'live' | 'waiting' | 'pausing' | 'failed' | 'closed';

/**
 * The events of live rows.
 *
 * - `subscribed`: the subscription is live for the first time
 * - `resumed`: the subscription is live again, and the server tells everything that was missed
 * - `gap`: events may have been missed
 * - `loaded`: the rows were read
 * - `unread`: the rows could not be read, and the next try may succeed
 * - `unplaced`: only the server knows where a row belongs, or which row comes next
 * - `lost`: events do not arrive any more, but will again
 * - `unsubscribed`: the subscription has failed, and another one may not
 * - `refused`: the server refuses the rows, the subscription or the connection
 * - `asked`: the connection that was refused is there again
 * - `due`: the wait is over
 * - `retry`: `retry()`
 * - `reload`: `reload()`
 * - `close`: `close()`, its signal, or the end of the client
 */
export type LiveEvent =
  | 'subscribed' | 'resumed' | 'gap' | 'loaded' | 'unread' | 'unplaced' | 'lost' | 'unsubscribed' | 'refused' | 'asked' | 'due'
  | 'retry' | 'reload' | 'close';

const [asking, reading, rereading] = ['asking', 'reading', 'rereading'] as const;
/** The events that have the same effect while there is a subscription. */
const always = { lost: asking, unsubscribed: 'pausing', refused: 'failed', close: closed } as const;
const tries = { retry: asking, reload: asking, close: closed } as const;

export const LIVE: Machine<LiveState, LiveEvent> = {
  asking: { ...always, subscribed: reading, resumed: 'live', gap: reading, retry: asking, reload: asking },
  reading: { ...always, subscribed: rereading, gap: rereading, reload: rereading, loaded: 'live', unread: waiting },
  rereading: { ...always, loaded: reading, unread: waiting },
  live: { ...always, subscribed: reading, gap: reading, reload: reading, unplaced: waiting },
  waiting: { ...always, due: reading, retry: reading, reload: reading },
  pausing: { ...tries, due: asking },
  failed: { ...tries, refused: 'failed', asked: asking },
  closed: {},
};
