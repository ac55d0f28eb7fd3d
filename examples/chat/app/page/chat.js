// ../../../../generated/chat/client/src/core/scalars.ts
function textOf(value) {
  return JSON.stringify(value, (_, inner) => {
    if (typeof inner === "bigint") return `${inner}n`;
    return isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => a < b ? -1 : 1)) : inner;
  });
}
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// ../../../../generated/chat/client/src/core/errors.ts
var DcrfError = class extends Error {
  name = "DcrfError";
};
var CannotConnect = class extends DcrfError {
  name = "CannotConnect";
};
var RequestError = class extends DcrfError {
  name = "RequestError";
  stream;
  action;
  status;
  errors;
  constructor(failure, message) {
    const { stream, action, status, errors } = failure;
    super(message ?? `${stream} ${text(action)}: ${errors.map(text).join(" ") || "refused"} (${status})`);
    Object.assign(this, { stream, action, status, errors });
  }
};
var ValidationError = class extends RequestError {
  name = "ValidationError";
  /** The errors by field. Errors of the whole input are under `non_field_errors`. */
  get fieldErrors() {
    const found = {};
    for (const error of this.errors) {
      if (isObject(error)) Object.assign(found, error);
    }
    return found;
  }
  /** The messages that do not belong to a field. */
  get nonFieldErrors() {
    const sentences = this.errors.filter((error) => typeof error === "string");
    const whole = this.fieldErrors.non_field_errors;
    return Array.isArray(whole) ? [...sentences, ...whole] : sentences;
  }
};
var NotAuthenticated = class extends RequestError {
  name = "NotAuthenticated";
};
var PermissionDenied = class extends RequestError {
  name = "PermissionDenied";
};
var NotFound = class extends RequestError {
  name = "NotFound";
};
var ServerError = class extends RequestError {
  name = "ServerError";
};
var Closed = class extends DcrfError {
  constructor(message, code, sent = false, options) {
    super(message, options);
    this.code = code;
    this.sent = sent;
  }
  code;
  sent;
  name = "Closed";
};
var TimedOut = class extends DcrfError {
  name = "TimedOut";
};
var QueueFull = class extends DcrfError {
  name = "QueueFull";
};
var ProtocolError = class extends DcrfError {
  name = "ProtocolError";
};
var CLASSES = {
  400: ValidationError,
  401: NotAuthenticated,
  403: PermissionDenied,
  404: NotFound
};
function errorOf(failure) {
  const { status } = failure;
  return new (CLASSES[status] ?? (status >= 500 ? ServerError : RequestError))(failure);
}
function isFinal(error) {
  return error instanceof CannotConnect || error instanceof RequestError && error.status in CLASSES;
}
function text(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

// ../../../../generated/chat/client/src/core/address.ts
function fill(path, parameters) {
  return path.replace(/\{(\w+)\}/g, (_, name) => {
    const value = Object.hasOwn(parameters, name) ? String(parameters[name] ?? "") : "";
    if (["", ".", ".."].includes(value)) throw new DcrfError(`the path ${path} needs a value of ${name}`);
    return encodeURIComponent(value);
  });
}
async function addressOf(base, path) {
  if (typeof base === "function") return join(await base(), path);
  const { location: location2 } = globalThis;
  const origin = base ?? location2?.origin ?? "";
  try {
    return join(origin, path);
  } catch (cause) {
    throw new CannotConnect(`\`url\` is not the URL of a server: '${origin}'`, { cause });
  }
}
function join(base, path) {
  const url = new URL(base);
  url.protocol = url.protocol.replace("http", "ws");
  url.pathname = url.pathname.replace(/\/+$/, "") + path;
  return url;
}

// ../../../../generated/chat/client/src/core/clock.ts
var BACKOFF = { min: 500, max: 3e4, factor: 2, jitter: 0.5 };
function wait(backoff, tries2) {
  const longest = Math.min(backoff.max, backoff.min * backoff.factor ** tries2);
  return longest * (1 - backoff.jitter * Math.random());
}
var Timer = class {
  #timer;
  set(milliseconds, then) {
    this.clear();
    if (milliseconds < 2 ** 31) this.#timer = setTimeout(then, milliseconds);
  }
  clear() {
    clearTimeout(this.#timer);
  }
};
var Retry = class extends Timer {
  #tries = 0;
  #backoff;
  constructor(backoff) {
    super();
    this.#backoff = { ...BACKOFF, ...backoff };
  }
  /**
   * Schedules another try after `after` milliseconds, or by default after a longer wait than the one before. After
   * `clear` the next wait is longer nevertheless.
   */
  again(then, after = wait(this.#backoff, this.#tries)) {
    this.#tries += 1;
    this.set(after, then);
  }
  /** Makes the next wait the shortest one, because the server has accepted something. */
  accepted() {
    this.#tries = 0;
  }
};

// ../../../../generated/chat/client/src/core/events.ts
var ROW_ACTIONS = ["create", "update", "delete"];

// ../../../../generated/chat/client/src/core/listeners.ts
function onAbort(signal, then) {
  if (signal?.aborted === true) then();
  else signal?.addEventListener("abort", then);
  return () => signal?.removeEventListener("abort", then);
}
var Deferred = class {
  resolve;
  reject;
  promise = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
  constructor() {
    this.promise.catch(() => void 0);
  }
};
var Listeners = class {
  #callbacks = /* @__PURE__ */ new Set();
  add(callback) {
    const own = (value) => callback(value);
    this.#callbacks.add(own);
    return () => void this.#callbacks.delete(own);
  }
  tell(value) {
    for (const callback of [...this.#callbacks]) {
      try {
        callback(value);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
  get size() {
    return this.#callbacks.size;
  }
};
var Inbox = class {
  constructor(limit, overflow, ended) {
    this.limit = limit;
    this.overflow = overflow;
    this.ended = ended;
  }
  limit;
  overflow;
  ended;
  #values = [];
  #lost = 0;
  #end;
  /** Continues those who wait for a value or the end. */
  #wake = [];
  /** Adds a value. Beyond the limit the newest values are left out, and counted in their place. */
  push(value) {
    if (this.#end !== void 0) return;
    if (this.#values.length >= this.limit) {
      this.#lost += 1;
    } else {
      if (this.#lost > 0) this.#values.push(this.#left());
      this.#values.push(value);
    }
    this.#wake.shift()?.();
  }
  /** Ends the iterator. An error is thrown after the values that wait have been read. */
  end(error) {
    this.#end ??= error === void 0 ? {} : { error };
    for (const wake of this.#wake.splice(0)) wake();
  }
  async next() {
    for (; ; ) {
      if (this.#values.length > 0) return { done: false, value: this.#values.shift() };
      if (this.#lost > 0) return { done: false, value: this.#left() };
      if (this.#end !== void 0) {
        const { error } = this.#end;
        this.#end = {};
        if (error !== void 0) throw error;
        return { done: true, value: void 0 };
      }
      await new Promise((resolve) => this.#wake.push(resolve));
    }
  }
  /** Ends the iterator; a `break` out of the loop calls this. */
  async return() {
    this.#values.length = this.#lost = 0;
    this.end();
    this.ended();
    return { done: true, value: void 0 };
  }
  [Symbol.asyncIterator]() {
    return this;
  }
  #left() {
    const value = this.overflow(this.#lost);
    this.#lost = 0;
    return value;
  }
};

// ../../../../generated/chat/client/src/core/protocol.ts
function encode(stream, action, id, args, json = JSON) {
  const payload = { action, request_id: id, ...args };
  return json.stringify(stream === void 0 ? payload : { stream, payload });
}
function decode(text2, multiplexed, json = JSON) {
  let payload;
  let stream;
  try {
    payload = json.parse(text2);
  } catch (cause) {
    throw new ProtocolError("the server sent what is not JSON", { cause });
  }
  if (multiplexed && isObject(payload) && "payload" in payload) {
    if (typeof payload["stream"] === "string") stream = payload["stream"];
    payload = payload["payload"] ?? null;
  }
  return { stream, payload };
}
function isEnvelope(payload) {
  return isObject(payload) && typeof payload["response_status"] === "number" && Array.isArray(payload["errors"]) && ["action", "request_id", "data"].every((key) => key in payload);
}

// ../../../../generated/chat/client/src/core/requests.ts
var TOO_LARGE = 1009;
var Requests = class {
  /** @param multiplexed whether frames are wrapped in `{"stream", "payload"}`. */
  constructor(connection2, options, multiplexed) {
    this.connection = connection2;
    this.options = options;
    this.multiplexed = multiplexed;
    this.timeout = options.timeout ?? 3e4;
  }
  connection;
  options;
  multiplexed;
  /** The requests in the order of the calls. */
  #pending = /* @__PURE__ */ new Set();
  #ids = 0;
  /** The milliseconds that a request may take if it does not set a timeout. */
  timeout;
  nextId() {
    this.#ids += 1;
    return String(this.#ids);
  }
  /**
   * Sends a request, now or when there is a connection, and returns the result that `take` makes from its answers: by
   * default the `data` of the first one.
   */
  exchange(call, { signal, timeout = this.timeout } = {}, take = (data, resolve) => resolve(data)) {
    const { status, lastError } = this.connection;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      if (status === "closed") return reject(new Closed("the client is closed"));
      if (status === "refused") return reject(lastError);
      const timer = new Timer();
      const settle = (then) => (value) => {
        timer.clear();
        stop2();
        this.#pending.delete(pending);
        then(value);
      };
      const fail = settle(reject);
      const id = call.id ?? this.nextId();
      const pending = {
        id,
        call,
        text: this.encode(call, id),
        take,
        sent: false,
        done: settle(resolve),
        fail
      };
      timer.set(timeout, () => fail(this.late(call, timeout, pending.sent)));
      const stop2 = onAbort(signal, () => fail(signal?.reason));
      this.#send(pending);
    });
  }
  /** Returns the text of a call. */
  encode({ stream, action, args }, id) {
    return encode(this.multiplexed ? stream : void 0, action, id, args, this.options.json);
  }
  /** Returns the error of a call that took too long: with a cause, if it was not even sent. */
  late({ stream, action }, timeout, sent) {
    return new TimedOut(`${stream} ${action}: no answer within ${timeout} ms`, sent ? {} : this.#cause());
  }
  /** Sends the requests that wait for the connection, which is open now. */
  opened() {
    for (const pending of this.#waiting()) {
      if (this.connection.status === "open") this.#transmit(pending);
    }
  }
  /**
   * Handles the loss of the connection: requests that only read wait for the next one, the others fail, because their
   * outcome is unknown.
   */
  lost({ code }) {
    for (const pending of [...this.#pending]) {
      if (!pending.sent) continue;
      if (pending.call.repeatable === true && code !== TOO_LARGE) pending.sent = false;
      else pending.fail(new Closed(`the connection was lost before the answer (${code})`, code, true, this.#cause()));
    }
  }
  /** Handles an answer. Returns false if no request waits for it. */
  answered(id, envelope) {
    const siblings = [...this.#pending].filter((pending2) => pending2.sent && pending2.id === id);
    const own = siblings.find(({ call }) => call.action === envelope.action);
    const pending = own ?? (envelope.response_status < 400 ? void 0 : siblings[0]);
    if (pending === void 0) return false;
    if (envelope.response_status >= 400) pending.fail(failureOf(pending.call.stream, envelope));
    else if (pending.take !== "sent") pending.take(envelope.data, pending.done, envelope);
    return true;
  }
  /** Fails all requests. */
  fail(error) {
    for (const pending of [...this.#pending]) pending.fail(error);
  }
  /** Sends a request, or keeps it until there is a connection. */
  #send(pending) {
    const { queue = 256 } = this.options;
    this.#pending.add(pending);
    if (this.connection.status === "open") return this.#transmit(pending);
    if (this.#waiting().length > queue) {
      return pending.fail(new QueueFull(`${queue} requests wait for a connection`, this.#cause()));
    }
    this.connection.need();
  }
  #transmit(pending) {
    pending.sent = true;
    this.connection.send(pending.text);
    if (pending.take === "sent") pending.done(void 0);
  }
  #cause() {
    return { cause: this.connection.lastError };
  }
  #waiting() {
    return [...this.#pending].filter((pending) => !pending.sent);
  }
};
function failureOf(stream, { action, errors, response_status: status }) {
  return errorOf({ stream, action, status, errors });
}

// ../../../../generated/chat/client/src/core/states.ts
var [preparing, waiting, refused, closed] = ["preparing", "waiting", "refused", "closed"];
var ends = { reconnect: preparing, lost: waiting, refused, close: closed };
var CONNECTION = {
  idle: { need: preparing, connect: preparing, reconnect: preparing, close: closed },
  preparing: { ...ends, prepared: "dialing" },
  dialing: { ...ends, opened: "authenticating", ready: "open" },
  authenticating: { ...ends, ready: "open" },
  open: ends,
  waiting: { connect: preparing, reconnect: preparing, refused, due: preparing, close: closed },
  refused: { connect: preparing, reconnect: preparing, close: closed },
  closed: {}
};
var over = { refused: "failed", end: "ended" };
var SUBSCRIPTION = {
  waiting: { ...over, opened: "pending" },
  pending: { ...over, answered: "live", interrupted: waiting, failed: "pausing" },
  live: { ...over, interrupted: waiting, failed: "pausing" },
  pausing: { ...over, interrupted: waiting, due: "pending", retry: "pending" },
  failed: {},
  ended: {}
};
var [asking, reading, rereading] = ["asking", "reading", "rereading"];
var always = { lost: asking, unsubscribed: "pausing", refused: "failed", close: closed };
var tries = { retry: asking, reload: asking, close: closed };
var LIVE = {
  asking: { ...always, subscribed: reading, resumed: "live", gap: reading, retry: asking, reload: asking },
  reading: { ...always, subscribed: rereading, gap: rereading, reload: rereading, loaded: "live", unread: waiting },
  rereading: { ...always, loaded: reading, unread: waiting },
  live: { ...always, subscribed: reading, gap: reading, reload: reading, unplaced: waiting },
  waiting: { ...always, due: reading, retry: reading, reload: reading },
  pausing: { ...tries, due: asking },
  failed: { ...tries, refused: "failed", asked: asking },
  closed: {}
};

// ../../../../generated/chat/client/src/core/subscription.ts
var WAITING = 1024;
var Subscription = class {
  constructor(session, stream, to, callback, request = {}) {
    this.session = session;
    this.stream = stream;
    this.to = to;
    const { connection: connection2, requests } = session;
    const { signal, timeout = requests.timeout } = request;
    this.id = requests.nextId();
    this.#patient = timeout === Infinity;
    this.#retry = new Retry(session.options.backoff);
    this.#cursor = to.resume?.(session);
    if (callback === void 0) this.#early = this.#inbox();
    else this.#events.add(callback);
    session.subscribers.set(this.id, this);
    this.#limit.set(timeout, () => this.#off("refused", requests.late(this.#call(), timeout, this.#there)));
    this.#deafen = onAbort(signal, () => this.#off("end", signal?.reason));
    if (connection2.status === "closed") this.#off("end", new Closed("the client is closed"));
    if (this.#isOver) return;
    if (connection2.status === "open") this.opened();
    else if (connection2.status === "refused") queueMicrotask(() => this.refused(connection2.lastError));
    else connection2.need();
  }
  session;
  stream;
  to;
  id;
  #ready = new Deferred();
  #state = "waiting";
  #error;
  /** Whether it was live before. */
  #known = false;
  /** Whether the server may have the subscription: the call was sent on this connection, and not refused. */
  #there = false;
  /** Whether a call on this connection was not answered in time, and may be answered yet. */
  #late = false;
  /** Whether the client tries to subscribe until the subscription is live, without a time limit. */
  #patient;
  /** Whether the caller learns of a failure: by `ready`, a listener of the status or an iterator. */
  #heard = false;
  #events = new Listeners();
  #statuses = new Listeners();
  #inboxes = /* @__PURE__ */ new Set();
  /** The events that arrived before the first listener, if there is no callback. */
  #early;
  /** Its place in the log of changes, if the observer has one. */
  #cursor;
  #retry;
  /** The time in which it has to be live for the first time. */
  #limit = new Timer();
  /** Stops to listen to the signal. */
  #deafen;
  get #isOver() {
    return this.#state === "failed" || this.#state === "ended";
  }
  get status() {
    return statusOf(this.#state);
  }
  /** The reason why the subscription is lost, has failed or has ended, if it is known. */
  get error() {
    return this.#error;
  }
  /**
   * Whether the subscription went on where it was: events tell what became of each row since, and nothing was missed.
   * Otherwise an event `resync` follows.
   */
  get resumed() {
    return this.#cursor?.resumed === true;
  }
  /** Resolves when the subscription is live for the first time; rejects if it never is. */
  get ready() {
    this.#heard = true;
    return this.#ready.promise;
  }
  /** Calls the listener whenever the status changes. */
  onStatus(listener) {
    this.#heard = true;
    return this.#statuses.add(listener);
  }
  /** Calls the listener with every event from now on. */
  onEvent(listener) {
    return this.#events.add(listener);
  }
  /** Calls the listener after each `reconnect()`: whether what was read before has to be forgotten. */
  onReset(listener) {
    return this.session.resets.add(listener);
  }
  /** Ends the subscription. No event is delivered from now on; the promise resolves when the server has answered. */
  async unsubscribe(options = {}) {
    if (this.#go("end")) await this.#lift(options);
  }
  /** Asks the server for the subscription once more, under the same id, and returns the `data` of the answer. */
  again(options) {
    return this.session.requests.exchange(this.#call(), options);
  }
  /** Tries again now, if the subscription is not live: connects, or asks an open connection for a sign of life. */
  retry() {
    if (this.#go("retry")) this.#ask();
    else if (!this.#isOver) this.session.connection.wake();
  }
  /** Passes an error to the client's `onError`, because no other listener receives it. */
  report(error) {
    this.session.errors.tell(error);
  }
  /** Returns an iterator over the events, first those that arrived before it. Leaving the loop unsubscribes. */
  [Symbol.asyncIterator]() {
    this.#heard = true;
    const inbox = this.#early ?? this.#inbox();
    this.#early = void 0;
    return inbox;
  }
  #inbox() {
    const dropped = (count) => ({ action: "dropped", data: { count } });
    const inbox = new Inbox(WAITING, dropped, () => {
      this.#inboxes.delete(inbox);
      this.unsubscribe().catch((error) => this.report(error));
    });
    if (this.#isOver) inbox.end(this.#error);
    else this.#inboxes.add(inbox);
    return inbox;
  }
  // The session calls the following members.
  opened() {
    if (this.#go("opened")) this.#ask();
  }
  interrupted() {
    this.#there = this.#late = false;
    this.#cursor?.lost();
    const { status, lastError } = this.session.connection;
    if (!this.#go("interrupted", status === "connecting" ? void 0 : lastError) && this.#state !== "waiting") this.#gone();
  }
  refused(error) {
    if (this.#state !== "waiting") return;
    if (!this.#patient && !this.#known) return this.#off("refused", error);
    this.#error = error;
    this.#statuses.tell("lost");
  }
  ended(error) {
    this.#there = false;
    this.#off("end", error);
    this.#gone();
  }
  received(envelope) {
    if (this.#isOver) return true;
    const { action, data } = envelope;
    if (envelope.response_status >= 400) {
      const error = failureOf(this.stream, envelope);
      this.#fail(error, !isFinal(error) || this.#late);
      return true;
    }
    const { events } = this.to;
    if (typeof action !== "string") return false;
    if (events !== void 0 && ![...events, "resync", "dropped"].includes(action)) return false;
    if (this.#cursor?.told(envelope) === false) return true;
    this.#told({ action, data });
    return true;
  }
  #call() {
    const { subscribe, args, filter } = this.to;
    return { stream: this.stream, action: subscribe, args: { ...args, ...filter }, id: this.id };
  }
  /** Sends a call: one that subscribes, or one that ends the subscription. */
  #send(call, options) {
    return this.session.requests.exchange(call, options, this.to.reply === false ? "sent" : void 0);
  }
  /** Subscribes on this connection. */
  #ask() {
    if (this.#state !== "pending") return;
    this.#there = true;
    const options = this.#patient || this.#known ? {} : { timeout: Infinity };
    const call = this.#call();
    (this.#cursor?.ask(call, options) ?? this.#send(call, options)).then(
      () => this.#answered(),
      (error) => {
        if (error instanceof Closed || this.#state !== "pending") return;
        this.#late ||= !(error instanceof RequestError);
        this.#fail(error, this.#late);
      }
    );
  }
  #answered() {
    if (!this.#go("answered")) return;
    this.#retry.accepted();
    this.#limit.clear();
    this.#ready.resolve();
    const again2 = this.#known;
    this.#known = true;
    if (again2 && !this.resumed && this.#state === "live") this.#told({ action: "resync", data: null });
  }
  /**
   * Handles a failure: asks again later if the next try may succeed. `there` tells whether the server may have the
   * subscription nevertheless.
   */
  #fail(error, there) {
    this.#there = there;
    if (isFinal(error) || !(this.#patient || this.#known)) return this.#off("refused", error);
    if (this.#state === "live") this.report(error);
    if (this.#go("failed", error)) {
      this.#retry.again(() => {
        if (this.#go("due")) this.#ask();
      });
    }
  }
  #told(event) {
    const { action, data } = event;
    if (this.to.events !== void 0 && ROW_ACTIONS.includes(action) && !isObject(data)) {
      this.report(new ProtocolError(`${this.stream} ${this.to.subscribe}: an event \`${action}\` without a row`));
      return this.#told({ action: "resync", data: null });
    }
    const told = event;
    this.#events.tell(told);
    for (const inbox of this.#inboxes) inbox.push(told);
  }
  /** Ends the subscription, on the server, too. */
  #off(event, error) {
    if (!this.#go(event, error)) return;
    if (event === "refused" && !this.#heard) this.report(error);
    this.#lift({}).catch((failure) => this.report(failure));
  }
  /** Unsubscribes on the server, if the server may have the subscription. It is tried again until it succeeds. */
  async #lift(options) {
    if (!this.#there) return this.#gone();
    const { unsubscribe: action, args } = this.to;
    try {
      await this.#send({ ...this.#call(), action, args }, options);
    } catch (error) {
      if (error instanceof Closed || error instanceof NotFound || !this.#there) return this.#gone();
      this.#retry.again(() => void this.#lift({}).catch(() => void 0));
      throw error;
    }
    this.#gone();
  }
  /** The server does not have the subscription any more. */
  #gone() {
    this.#retry.clear();
    this.session.subscribers.delete(this.id);
  }
  /** Enters the state that an event leads to. Returns false if there is none. */
  #go(event, error) {
    const state = SUBSCRIPTION[this.#state][event];
    if (state === void 0) return false;
    this.session.connection.log(`subscription ${this.id} (${this.to.subscribe}): ${this.#state} -> ${state}`, error);
    this.#retry.clear();
    const same2 = this.status === statusOf(state) && this.#error === error;
    this.#state = state;
    this.#error = error;
    if (this.#isOver) {
      this.#cursor?.lost();
      this.#limit.clear();
      this.#deafen?.();
      this.#ready.reject(error ?? new Closed("unsubscribed"));
      for (const inbox of this.#inboxes) inbox.end(error);
      this.#inboxes.clear();
    }
    if (!same2) this.#statuses.tell(this.status);
    return true;
  }
};
function statusOf(state) {
  return state === "waiting" || state === "pausing" ? "lost" : state;
}

// ../../../../generated/chat/client/src/core/endpoint.ts
var Endpoint = class {
  constructor(session, stream, disconnect = () => {
  }) {
    this.session = session;
    this.stream = stream;
    this.disconnect = disconnect;
  }
  session;
  stream;
  disconnect;
  /** The live rows that are shared, by what they show. */
  views = /* @__PURE__ */ new Map();
  get options() {
    return this.session.options;
  }
  get backoff() {
    return this.options.backoff;
  }
  /** Calls an action that changes something: the request is sent once. */
  call(action, args, options) {
    return this.session.requests.exchange(this.#call(action, args), options);
  }
  /** Calls an action that changes nothing: if the connection is lost before the answer, the request is sent again. */
  read(action, args, options) {
    return this.session.requests.exchange(this.#call(action, args, true), options);
  }
  /** Calls an action that does not answer. The client's `onError` receives a refusal. */
  tell(action, args, options) {
    return this.session.requests.exchange(this.#call(action, args), options, "sent");
  }
  /** Lists with an answer in several frames: `each` receives their data until it returns true for the last one. */
  listMany(args, options, each) {
    return this.session.requests.exchange(this.#call("list", args), options, (data, resolve) => {
      if (each(data)) resolve();
    });
  }
  /** Subscribes to an observer or a signal. */
  subscribe(to, callback, request) {
    return new Subscription(this.session, this.stream, to, callback, request);
  }
  /** Calls the listener with the messages of this name that the application sends. */
  onEvent(name, listener) {
    return this.session.unasked.add(({ stream, action, data }) => {
      if (stream === this.stream && action === name) listener(data);
    });
  }
  /** Calls the listener with frames that have the application's own format. */
  onFrame(listener) {
    return this.session.unasked.add(({ stream, action, data }) => {
      if (stream === this.stream && action === void 0) listener(data);
    });
  }
  #call(action, args, repeatable) {
    return { stream: this.stream, action, args, repeatable };
  }
};

// ../../../../generated/chat/client/src/core/awake.ts
function onceAwake(then) {
  const { document: document2 } = globalThis;
  const shown = () => {
    if (document2?.visibilityState === "visible") then();
  };
  const each = (what) => {
    globalThis[what]?.("online", then);
    document2?.[what]?.("visibilitychange", shown);
  };
  each("addEventListener");
  return () => each("removeEventListener");
}

// ../../../../generated/chat/client/src/core/closes.ts
var REFUSALS = {
  1008: 403,
  3e3: 401,
  3003: 403,
  4400: 400,
  4401: 401,
  4403: 403,
  4404: 404
};
var OBJECTIONS = [1002, 1003, 1007, 1009];
function refusalOf(status, reason) {
  return errorOf({ stream: "", action: "connect", status, errors: reason === "" ? [] : [reason] });
}
function refusalBy({ code, reason }, hasToken) {
  const status = REFUSALS[code];
  return status === void 0 || status === 401 && hasToken ? void 0 : refusalOf(status, reason);
}
function waitBy(close) {
  const wait2 = /^1012 .*retry in (\d{1,5}) ms/.exec(`${close?.code} ${close?.reason}`);
  return wait2 === null ? void 0 : Number(wait2[1]);
}

// ../../../../generated/chat/client/src/core/connection.ts
var AUTHENTICATE = "authenticate";
var TOKEN_FOLLOWS = "access_token";
var Connection = class {
  constructor(options, path, events) {
    this.options = options;
    this.path = path;
    this.events = events;
    this.#retry = new Retry(options.backoff);
  }
  options;
  path;
  events;
  #state = "idle";
  #socket;
  /** The number of the current try. Results of earlier tries are ignored. */
  #try = 0;
  /** Whether the server has accepted something on this socket: the token, or a frame that it answered. */
  #accepted = false;
  /** The error that the socket reported before it closed. */
  #cause;
  /** Whether a sign of life is waited for. */
  #probing = false;
  #retry;
  /** Limits the time until the connection is open, and then the silence. */
  #limit = new Timer();
  #statuses = new Listeners();
  #forget = () => void 0;
  /** The last end of the connection, and the reason why it could not be opened, as far as they are known. */
  lastClose;
  lastError;
  get status() {
    const state = this.#state;
    return state === "preparing" || state === "dialing" || state === "authenticating" ? "connecting" : state;
  }
  onStatus(listener) {
    return this.#statuses.add(listener);
  }
  /** Connects if the connection has not been used yet. */
  need() {
    this.#on("need");
  }
  /** Connects now, unless it is open or connecting. It ends a wait, and tries again after a refusal. */
  open() {
    this.#on("connect");
  }
  /** Closes the current socket, if there is one, and connects again. */
  reopen() {
    this.#on("reconnect", { code: 1e3, reason: "connecting anew" });
  }
  /** Connects now, or asks the server for a sign of life if the connection is open. */
  wake() {
    if (this.#state === "open") this.#probe();
    else this.open();
  }
  /** Sends a text. The connection has to be open. */
  send(text2) {
    this.log("sent", text2);
    this.#socket?.send(text2);
  }
  /** Closes the connection for good. */
  close(code = 1e3, reason = "") {
    this.#on("close", { code, reason });
  }
  /** Notes what happens, for debugging. */
  log(what, detail) {
    const { debug, logger = console } = this.options;
    if (debug === true) logger.debug?.("dcrf", what, detail);
  }
  /**
   * Enters the state that an event leads to, if there is one. `close` says how the connection ends, and `error` why, if
   * it is known.
   */
  #on(event, close, error) {
    const [before, was] = [this.#state, this.status];
    const state = CONNECTION[before][event];
    if (state === void 0) return;
    this.log(`connection: ${before} -> ${state}`, error ?? close);
    this.#state = state;
    this.#retry.clear();
    if (before === "idle") this.#forget = onceAwake(() => this.#awake());
    if (close !== void 0) this.#detach(close, event === "reconnect" || event === "close");
    if (state === "preparing") void this.#prepare();
    else if (state === "waiting") this.#retry.again(() => this.#on("due"), waitBy(close));
    else if (state === "closed") this.#forget();
    const number = this.#try;
    const current = () => this.#state === state && this.#try === number;
    if (before === "open" && close !== void 0) this.events.lost(close);
    if (state === "refused" && current()) this.events.refused(error);
    if (was !== this.status && current()) this.#statuses.tell(this.status);
    if (state === "open" && current()) this.events.opened();
  }
  async #prepare() {
    const { connectTimeout = 1e4, token, url } = this.options;
    const number = this.#try += 1;
    this.#accepted = false;
    this.#limit.set(connectTimeout, () => {
      if (this.#socket !== void 0) return this.#drop("the handshake took too long");
      this.#failed(new TimedOut(`neither URL nor token were there within ${connectTimeout} ms`));
    });
    try {
      const secret = await token?.() ?? void 0;
      const address = await addressOf(url, this.path);
      if (number === this.#try) this.#dial(address, secret);
    } catch (error) {
      if (number === this.#try) this.#failed(error);
    }
  }
  #dial(url, token) {
    const { tokenIn = "query", protocols = [] } = this.options;
    if (token === void 0 || tokenIn === "frame") return this.#listen(this.#connect(url, protocols), token);
    if (tokenIn === "query") url.searchParams.set("token", token);
    this.#listen(this.#connect(url, tokenIn === "query" ? protocols : [...protocols, TOKEN_FOLLOWS, token]));
  }
  #connect(url, protocols) {
    const { WebSocket = globalThis.WebSocket } = this.options;
    try {
      if (WebSocket === void 0) throw new Error("there is no WebSocket: pass that of the package `ws`");
      return new WebSocket(url.href, [...protocols]);
    } catch (cause) {
      throw new CannotConnect(`no socket to ${url.host}${url.pathname}: ${String(cause)}`, { cause });
    }
  }
  /** Handles what a socket tells. A token is sent in the first frame. */
  #listen(socket, token) {
    this.#socket = socket;
    this.#cause = void 0;
    socket.onopen = () => {
      if (token === void 0) return this.#ready();
      this.#on("opened");
      socket.send(encode(void 0, AUTHENTICATE, AUTHENTICATE, { token }));
    };
    socket.onmessage = ({ data }) => {
      if (typeof data !== "string") {
        return this.events.failed(new ProtocolError("the server sent a frame that is not text"));
      }
      if (this.#state !== "open") return this.#authenticated(data);
      this.#alive();
      this.#accepted = true;
      this.log("received", data);
      this.events.received(data);
    };
    socket.onclose = ({ code, reason }) => this.#ended({ code, reason });
    socket.onerror = (event) => {
      this.#cause = event?.error;
    };
    this.#on("prepared");
  }
  #authenticated(text2) {
    let payload;
    try {
      ({ payload } = decode(text2, false));
    } catch (error2) {
      return this.events.failed(error2);
    }
    if (!isEnvelope(payload) || payload.request_id !== AUTHENTICATE) return;
    const { action, errors, response_status: status } = payload;
    if (status < 400) {
      this.#accepted = true;
      return this.#ready();
    }
    const error = errorOf({ stream: "", action, status, errors });
    this.#drop("the token was refused", error);
    this.events.failed(error);
  }
  #ready() {
    this.#limit.clear();
    this.lastError = void 0;
    this.#on("ready");
    if (this.#state === "open") this.#alive();
  }
  /** Starts the time of silence again, after a frame was received. */
  #alive() {
    const { heartbeat = {} } = this.options;
    this.#probing = false;
    if (heartbeat !== false) this.#limit.set(heartbeat.idle ?? 3e4, () => this.#probe());
  }
  /** Asks the server for a sign of life. */
  #probe() {
    const { heartbeat = {} } = this.options;
    if (heartbeat === false || this.#probing) return;
    this.#probing = true;
    this.send(this.events.probe());
    this.#limit.set(heartbeat.timeout ?? 1e4, () => this.#drop("the server was silent"));
  }
  /** The browser has a network again, or shows its page again. */
  #awake() {
    if (this.#state === "waiting" || this.#state === "open") this.wake();
  }
  /** Ends the connection without waiting for its socket to close. */
  #drop(reason, error) {
    this.#ended({ code: 1006, reason }, error);
  }
  /** Ends the try: there is no socket, because the URL, the token or the class of sockets is missing. */
  #failed(error) {
    this.#drop(error instanceof Error ? error.message : String(error), error);
    if (!isFinal(error)) this.events.failed(error);
  }
  #ended(close, error) {
    const refusal = this.#socket === void 0 && isFinal(error) ? error : refusalBy(close, this.options.token !== void 0);
    const unexplained = this.#state === "dialing" && refusal === void 0;
    const message = `the connection was closed with ${close.code} ${close.reason}`.trimEnd();
    this.lastClose = close;
    this.lastError = refusal ?? error ?? new DcrfError(message, { cause: this.#cause });
    this.#on(refusal === void 0 ? "lost" : "refused", close, refusal);
    if (unexplained) void this.#ask(this.#try);
  }
  /** Asks whether the session goes on: a browser does not learn why a handshake has failed. */
  async #ask(number) {
    let goesOn;
    try {
      goesOn = await this.options.session?.();
    } catch {
    }
    if (goesOn !== false || number !== this.#try || this.#state !== "waiting") return;
    this.lastError = refusalOf(401, "The session has ended.");
    this.#on("refused", void 0, this.lastError);
  }
  /** Removes the socket, closes it, and ignores its further events. `own` tells whether it is closed with these words. */
  #detach({ code, reason }, own) {
    const socket = this.#socket;
    if (this.#accepted && !OBJECTIONS.includes(code)) this.#retry.accepted();
    this.#try += 1;
    this.#limit.clear();
    this.#probing = false;
    this.#socket = void 0;
    if (socket === void 0) return;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = () => void 0;
    if (own) socket.close(code, reason);
    else socket.close();
  }
};

// ../../../../generated/chat/client/src/core/session.ts
var Session = class {
  /**
   * @param stream the stream of frames that do not name theirs, and of the heartbeat.
   * @param multiplexed whether frames are wrapped in `{"stream", "payload"}`.
   */
  constructor(options, path, stream, multiplexed = false) {
    this.options = options;
    this.stream = stream;
    this.multiplexed = multiplexed;
    this.#lastStream = stream;
    this.connection = new Connection(options, path, this);
    this.requests = new Requests(this.connection, options, multiplexed);
  }
  options;
  stream;
  multiplexed;
  connection;
  requests;
  /** The subscriptions that are kept, on this connection and the following ones, and those that are being ended. */
  subscribers = /* @__PURE__ */ new Map();
  /** The events and frames in the application's own format. */
  unasked = new Listeners();
  /** The errors that no call returns. */
  errors = new Listeners();
  /** Told after `reconnect()`: whether rows that were read before have to be forgotten. */
  resets = new Listeners();
  #lastStream;
  /** Connects again. With `forget`, requests that were not answered fail, because they are those of another user. */
  reconnect(forget) {
    if (forget) this.requests.fail(new Closed("the credentials have changed"));
    this.connection.reopen();
    this.resets.tell(forget);
  }
  /** Closes the connection, and ends all requests and subscriptions. */
  close(code, reason) {
    this.connection.close(code, reason);
    const closed2 = new Closed("the client is closed", code);
    this.requests.fail(closed2);
    this.#each((subscriber) => subscriber.ended(closed2));
  }
  #each(then) {
    for (const subscriber of [...this.subscribers.values()]) then(subscriber);
  }
  // The connection calls the following members.
  opened() {
    this.#each((subscriber) => subscriber.opened());
    this.requests.opened();
  }
  lost(close) {
    this.requests.lost(close);
    this.#each((subscriber) => subscriber.interrupted());
  }
  failed(error) {
    this.errors.tell(error);
  }
  refused(error) {
    this.requests.fail(error);
    this.#each((subscriber) => subscriber.refused(error));
    this.failed(error);
  }
  // No server has such an action. Its error answer shows that the connection is alive.
  probe() {
    return this.requests.encode({ stream: this.#lastStream, action: HEARTBEAT, args: {} }, HEARTBEAT);
  }
  received(text2) {
    let received;
    try {
      received = decode(text2, this.multiplexed, this.options.json);
    } catch (error) {
      return this.failed(error);
    }
    const { stream = this.stream, payload } = received;
    this.#lastStream = received.stream ?? this.#lastStream;
    if (!isEnvelope(payload)) return this.unasked.tell({ stream, action: void 0, data: payload });
    const { action, data, request_id: id } = payload;
    if (typeof id === "string") {
      if (this.requests.answered(id, payload) || this.subscribers.get(id)?.received(payload) === true) return;
    }
    if (payload.response_status < 400) {
      this.unasked.tell({ stream, action: typeof action === "string" ? action : void 0, data });
    } else if (id !== HEARTBEAT) {
      this.failed(failureOf(stream, payload));
    }
  }
};
var HEARTBEAT = "heartbeat";

// ../../../../generated/chat/client/src/core/client.ts
var Client = class {
  #options;
  #sessions = /* @__PURE__ */ new Set();
  #endpoints = /* @__PURE__ */ new Map();
  #statuses = new Listeners();
  #errors = new Listeners();
  #status = "idle";
  /**
   * @param paths the streams of the server, each with its own path.
   * @param path the path of the shared socket; null if the server has none.
   */
  constructor(options, paths, path = "/ws/") {
    this.#options = options;
    const { parameters = {}, sockets = "shared" } = options;
    const shared = options.path ?? path;
    const streams = Object.entries(paths);
    const common = sockets === "shared" && shared !== null ? this.openSession(fill(shared, parameters), streams[0]?.[0] ?? "", true) : void 0;
    for (const [stream, own] of streams) {
      const session = common ?? this.openSession(fill(own, parameters), stream);
      this.#endpoints.set(stream, new Endpoint(session, stream));
    }
  }
  /** Returns a connection to a path, which is opened when it is used. */
  openSession(path, stream, multiplexed) {
    const session = new Session(this.#options, path, stream, multiplexed);
    this.#sessions.add(session);
    session.errors.add((error) => {
      if (this.#errors.size > 0) this.#errors.tell(error);
      else (this.#options.logger ?? console).error?.(error);
    });
    session.connection.onStatus(() => this.#changed());
    return session;
  }
  /** Closes a connection for good, and forgets it. */
  closeSession(session) {
    session.close();
    this.#sessions.delete(session);
    this.#changed();
  }
  #changed() {
    const { status } = this;
    if (status === this.#status) return;
    this.#status = status;
    this.#statuses.tell(status);
  }
  /** The status of the connection. If there are several, it is the worst status among those in use. */
  get status() {
    const statuses = this.#each("status");
    const order = ["refused", "waiting", "connecting", "open", "closed"];
    return order.find((status) => statuses.includes(status)) ?? "idle";
  }
  /** The close code and reason with which the connection ended the last time. */
  get lastClose() {
    return this.#each("lastClose").find(Boolean);
  }
  /** The reason why there is no connection, if it is known: a browser does not report why a handshake failed. */
  get lastError() {
    return this.#each("lastError").find(Boolean);
  }
  #each(name) {
    return [...this.#sessions].map(({ connection: connection2 }) => connection2[name]);
  }
  /** Calls the listener whenever the status changes. */
  onStatus(listener) {
    return this.#statuses.add(listener);
  }
  /**
   * Calls the listener with every error that no call returns: a refused token or connection, an error thrown by
   * `token`, a refusal of a request that is not answered, an invalid frame.
   */
  onError(listener) {
    return this.#errors.add(listener);
  }
  /** Connects now; otherwise the first request connects. It ends a wait, and tries again after a refusal. */
  connect() {
    for (const session of this.#sessions) session.connection.open();
  }
  /**
   * Closes the connection and opens it again with a new URL and token: call it when the credentials have changed.
   * Subscriptions are kept, and live rows that had failed are read again. With `forget`, the credentials are those of
   * another user: requests that were not answered fail, and no live rows show what the former user has read.
   */
  reconnect({ forget = false } = {}) {
    for (const session of this.#sessions) session.reconnect(forget);
  }
  /** Closes all connections for good. Requests and subscriptions that are pending fail with `Closed`. */
  close(code, reason) {
    for (const session of this.#sessions) session.close(code, reason);
  }
  /** Follows a link: sends its frame and returns the answer. */
  async follow(link, options) {
    const { action, ...args } = link.payload;
    return this.endpoint(link.stream).call(action, args, options);
  }
  /** Returns the consumer of a stream, to call actions that this client was not generated for. */
  endpoint(stream) {
    const endpoint = this.#endpoints.get(stream);
    if (endpoint === void 0) throw new DcrfError(`there is no stream ${JSON.stringify(stream)}`);
    return endpoint;
  }
};

// ../../../../generated/chat/client/src/core/frames.ts
var HIDDEN = 100;
function inFrame(then) {
  const { requestAnimationFrame: request, cancelAnimationFrame: cancel } = globalThis;
  let timer;
  return () => {
    if (timer !== void 0) return;
    let frame = 0;
    const once = () => {
      clearTimeout(timer);
      timer = void 0;
      cancel?.(frame);
      then();
    };
    timer = setTimeout(once, request === void 0 ? 16 : HIDDEN);
    if (request !== void 0) frame = request(once);
  };
}

// ../../../../generated/chat/client/src/core/rows.ts
function put(rows, row, by, whole) {
  const { compare: compare2 = () => 0 } = by;
  const key = by.key(row);
  const at = rows.findIndex((other) => by.key(other) === key);
  const before = rows[at];
  if (before !== void 0) {
    const now = kept(before, row);
    if (compare2(before, now) === 0) {
      rows[at] = now;
      return true;
    }
    rows.splice(at, 1);
  }
  const place = placeOf(rows, row, compare2);
  if (place === void 0) {
    if (before !== void 0) rows.splice(at, 0, row);
    return false;
  }
  if (whole || place < rows.length) rows.splice(place, 0, row);
  return true;
}
function remove(rows, key, by) {
  const at = rows.findIndex((row) => by.key(row) === key);
  if (at >= 0) rows.splice(at, 1);
}
function keyOf({ action, data }, by) {
  if (action === "delete" && isDeleted(data)) return data.pk;
  let cause;
  try {
    const key = by.key(data);
    if (key !== void 0) return key;
  } catch (error) {
    cause = error;
  }
  throw new ProtocolError("an event has a row without a key", { cause });
}
function kept(before, now) {
  return before !== void 0 && same(before, now) ? before : now;
}
function same(a, b) {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const keys = Object.keys(a);
  return Array.isArray(a) === Array.isArray(b) && keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
}
function isDeleted(data) {
  return isObject(data) && "pk" in data && Object.keys(data).length === 1;
}
function placeOf(rows, row, compare2) {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = low + high >> 1;
    const difference = compare2(rows[middle], row);
    if (Number.isNaN(difference)) return void 0;
    if (difference <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

// ../../../../generated/chat/client/src/core/live-view.ts
var collect = () => 100 - 50 * Math.random();
function wanted(limit) {
  return limit + Math.min(Math.max(limit, 1), 10);
}
var SETTLE = 2e3;
var OVER = new Closed("the rows are not read any more");
var LiveView = class {
  constructor(options) {
    this.options = options;
    const { initial } = options;
    this.#rows = [...initial ?? []];
    this.#known = initial !== void 0;
    this.#shown = this.#told = { rows: initial ?? [], status: this.status, error: void 0, more: void 0 };
    this.#retry = new Retry(options.backoff);
    this.#ask();
  }
  options;
  #state = "asking";
  overlay;
  /** The rows as the server tells of them: all, or the first ones. */
  #rows;
  /** Whether these are all rows. */
  #whole = true;
  /** Whether the rows were up to date when the connection was lost. */
  #fresh = false;
  /** Whether the rows were ever read. */
  #known;
  #error;
  /** The keys of the rows that were applied, and whose events have not arrived. */
  #applied = /* @__PURE__ */ new Set();
  #shown;
  /** Whether what is shown has to be computed again. */
  #changed = false;
  #told;
  #retry;
  /** The subscription, as long as it is live or may become live. */
  #subscription;
  #deafen;
  #resets;
  /** Aborts the current read of the rows; and the events received meanwhile. */
  #reading = new AbortController();
  #meanwhile = [];
  /** Tells what is shown, at most once in a frame. */
  changes = new Listeners();
  /** Resolves when the rows have been read for the first time; rejects if they are refused, or closed before. */
  ready = new Deferred();
  get status() {
    const state = this.#state;
    if (state === "live" || state === "failed" || state === "closed") return state;
    return this.#known ? "stale" : "loading";
  }
  /** Returns what is shown; it is the same object until something changes, and a row the same until it changes. */
  snapshot = () => {
    if (!this.#changed) return this.#shown;
    this.#changed = false;
    const before = this.#shown;
    const { key, limit = Infinity } = this.options;
    const all = this.overlay?.show(this.#rows) ?? this.#rows;
    const old = new Map(before.rows.map((row) => [key(row), row]));
    const rows = all.slice(0, limit).map((row) => kept(old.get(key(row)), row));
    const now = {
      rows: kept(before.rows, rows),
      status: this.status,
      error: this.#error,
      more: limit < Infinity && this.#known ? all.length > limit || !this.#whole : void 0
    };
    const unchanged = Object.keys(now).every((name) => now[name] === before[name]);
    return unchanged ? before : this.#shown = now;
  };
  /** Tries again now after any failure; connects, or asks an open connection for a sign of life. */
  retry() {
    if (this.#state === "live") return;
    const asked = this.#state === "asking" || this.#state === "failed";
    this.#go("retry");
    if (!asked) this.#subscription?.retry?.();
  }
  /** Reads the rows again, even if no event is known to be missed. */
  reload() {
    this.#go("reload");
  }
  /** Stops updating the rows and unsubscribes. The rows stay as they are. */
  async close() {
    const subscription = this.#leave();
    this.#go("close");
    this.ready.reject(new Closed("the live rows were closed"));
    await subscription?.unsubscribe();
  }
  /** Shows a row that the server has answered, until it tells of it; if it does not, the rows are read again. */
  apply(row) {
    const key = this.options.key(row);
    if (!this.#known || this.has(row)) return;
    this.#receive({ action: "update", data: row });
    this.#applied.add(key);
    setTimeout(() => {
      if (this.#applied.delete(key)) this.reload();
    }, SETTLE);
  }
  /** Tells whether the server has told of a row as it is. */
  has(row) {
    const { key } = this.options;
    return this.#rows.some((other) => key(other) === key(row) && same(other, row));
  }
  /** Computes what is shown again. */
  change() {
    this.#changed = true;
    this.#tell();
  }
  #ask() {
    if (this.#subscription !== void 0) return this.#subscription.retry?.();
    const subscription = this.options.subscribe((event) => this.#receive(event), { timeout: Infinity });
    this.#subscription = subscription;
    const current = () => this.#subscription === subscription;
    this.#deafen = subscription.onStatus((status) => {
      const { error } = subscription;
      if (status === "live" && subscription.resumed === true) this.#go(this.#fresh ? "resumed" : "gap");
      else if (status === "lost") this.#go(isFinal(error) ? "refused" : "lost", error);
      else if (status === "failed" || status === "ended") this.#over(error ?? new Closed("unsubscribed"));
      else if (status === "pending") this.#go("asked");
    });
    this.#resets ??= subscription.onReset?.((forget) => this.#reset(forget));
    subscription.ready.then(
      () => {
        if (current()) this.#go("subscribed");
      },
      (error) => {
        if (current()) this.#over(error);
      }
    );
  }
  #receive(event) {
    const { action } = event;
    if (action === "resync" || action === "dropped") return this.#go("gap");
    if (!ROW_ACTIONS.includes(action)) return;
    try {
      const key = keyOf(event, this.options);
      this.#applied.delete(key);
      this.overlay?.told(key, event.data);
    } catch (error) {
      this.#subscription?.report?.(error);
      this.#go("unplaced", error);
      return void (this.#state === "reading" && this.#go("gap"));
    }
    this.#meanwhile.push(event);
    if (this.#known && !this.#apply([event])) this.#go("unplaced");
    this.change();
  }
  /** Applies events. Returns false if the rows have to be read again, because only the server knows the result. */
  #apply(events) {
    const { limit = Infinity, searched } = this.options;
    const rows = this.#rows;
    let certain = true;
    for (const event of events) {
      const key = keyOf(event, this.options);
      if (event.action === "delete") remove(rows, key, this.options);
      else if (searched !== true) certain = put(rows, event.data, this.options, this.#whole) && certain;
      else {
        certain = false;
        const at = rows.findIndex((row) => this.options.key(row) === key);
        if (at >= 0) rows[at] = kept(rows[at], event.data);
      }
      if (rows.length > wanted(limit)) {
        rows.pop();
        this.#whole = false;
      }
    }
    return certain && (this.#whole || rows.length > limit);
  }
  async #read() {
    const { signal } = this.#reading = new AbortController();
    this.#meanwhile = [];
    this.overlay?.reading();
    try {
      const { load, limit = Infinity } = this.options;
      const rows = await load(signal, wanted(limit));
      if (!signal.aborted) this.#loaded(rows);
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
    }
  }
  #loaded(loaded) {
    const { key, limit = Infinity } = this.options;
    const before = new Map(this.#rows.map((row) => [key(row), row]));
    const rows = /* @__PURE__ */ new Map();
    for (const row of loaded) {
      const own = key(row);
      rows.delete(own);
      rows.set(own, kept(before.get(own), row));
    }
    this.#rows = [...rows.values()].slice(0, wanted(limit));
    this.#whole = loaded.length < wanted(limit);
    this.#known = true;
    this.overlay?.loaded();
    const certain = this.#apply(this.#meanwhile);
    this.#retry.accepted();
    this.#go("loaded");
    this.ready.resolve();
    if (!certain) this.#go("unplaced");
  }
  /** Handles an error of the rows: tries again later, unless the error is final. */
  #failed(error) {
    if (!isFinal(error)) return this.#go("unread", error);
    const subscription = this.#subscription;
    this.#over(error);
    subscription?.unsubscribe().catch((error2) => subscription.report?.(error2));
  }
  /** Handles the end of the subscription. */
  #over(error) {
    this.#leave();
    const closed2 = error instanceof Closed;
    this.#go(closed2 ? "close" : isFinal(error) ? "refused" : "unsubscribed", error);
    if (closed2 || isFinal(error)) this.ready.reject(error);
  }
  /** The credentials have changed. */
  #reset(forget) {
    if (forget) {
      [this.#rows, this.#known, this.#error] = [[], false, void 0];
      this.overlay?.clear();
      this.change();
    }
    if (this.#state === "failed") this.retry();
  }
  /** Removes the subscription, which the caller has to end. */
  #leave() {
    this.#deafen?.();
    const subscription = this.#subscription;
    this.#subscription = void 0;
    return subscription;
  }
  /** Enters the state that an event leads to, if there is one. An error is shown until the rows are live. */
  #go(event, error) {
    const state = LIVE[this.#state][event];
    if (state === void 0) return;
    this.#fresh = event === "lost" && (this.#state === "live" || this.#fresh);
    this.#state = state;
    this.#error = state === "live" ? void 0 : error ?? this.#error;
    this.#retry.clear();
    if (state !== "rereading") this.#reading.abort(OVER);
    this.change();
    if (state === "reading") void this.#read();
    else if (state === "asking" && event !== "lost" && event !== "asked") this.#ask();
    else if (state === "waiting" || state === "pausing") {
      this.#retry.again(() => this.#go("due"), event === "unplaced" ? collect() : void 0);
    } else if (state === "closed") this.#resets?.();
  }
  /** Tells what is shown, in the next frame. */
  #tell = inFrame(() => {
    const now = this.snapshot();
    if (now === this.#told) return;
    this.#told = now;
    this.changes.tell(now);
  });
};

// ../../../../generated/chat/client/src/core/live.ts
var Live = class _Live {
  /** The rows that are shown, for all handles of them. */
  view;
  #release;
  #listeners = new Listeners();
  #stop;
  /** What is shown after `close()`. */
  #closed;
  // A rejection without a handler is not an uncaught error, because the status shows it, too.
  #ready = new Deferred();
  /** @param release closes the view, if it is used by others, too, when the last one closes it. */
  constructor(options, release) {
    const view = options instanceof LiveView ? options : new LiveView(options);
    this.view = view;
    this.#release = release ?? (() => view.close());
    this.#stop = view.changes.add((snapshot) => this.#listeners.tell(snapshot));
    view.ready.promise.then(this.#ready.resolve, this.#ready.reject);
  }
  /**
   * Returns live rows that share their subscription and their rows with all others of the same key. The last one that
   * is closed ends both.
   */
  static shared({ views, backoff }, of, { signal } = {}, make2) {
    const name = textOf(of);
    let entry = views.get(name);
    if (entry === void 0 || entry.view.status === "closed") {
      views.set(name, entry = { view: new LiveView({ backoff, ...make2() }), users: 0 });
    }
    const used = entry;
    const { view } = used;
    if (view.status === "failed") view.retry();
    used.users += 1;
    const live = new _Live(view, async () => {
      used.users -= 1;
      if (used.users > 0) return;
      if (views.get(name) === used) views.delete(name);
      await view.close();
    });
    onAbort(signal, () => void live.close().catch(() => void 0));
    return live;
  }
  /** Resolves when the rows have been read for the first time; rejects if they are refused, or closed before. */
  get ready() {
    return this.#ready.promise;
  }
  get rows() {
    return this.snapshot().rows;
  }
  get status() {
    return this.snapshot().status;
  }
  /** Returns the current snapshot; it is the same object until something changes. */
  snapshot = () => this.#closed ?? this.view.snapshot();
  /** Calls the listener when something has changed, at most once in a frame of the display. */
  subscribe = (listener) => this.#listeners.add(listener);
  /**
   * Tries again now after any failure: connects if there is no connection, and asks an open one for a sign of life.
   */
  retry = () => {
    if (this.#closed === void 0) this.view.retry();
  };
  /** Reads the rows again, even if no event is known to be missed. */
  reload() {
    if (this.#closed === void 0) this.view.reload();
  }
  /** Shows a row that an action has answered, before the event of its change arrives. */
  apply(row) {
    this.view.apply(row);
  }
  /** Stops updating the rows and unsubscribes. The rows stay as they are. */
  async close() {
    if (this.#closed !== void 0) return;
    const { view } = this;
    if (view.status === "closed") return;
    this.#stop();
    const closed2 = this.#closed = { ...view.snapshot(), status: "closed" };
    this.#ready.reject(new Closed("the live rows were closed"));
    inFrame(() => this.#listeners.tell(closed2))();
    await this.#release();
  }
};

// ../../../../generated/chat/client/src/core/order.ts
function orderOf(fields, order) {
  const terms = fields.map((field2) => {
    const name = field2.replace(/^-/, "");
    const found = order === void 0 ? byType : Object.hasOwn(order, name) && order[name] || byDatabase;
    const [by, ...path] = typeof found === "function" ? [found, name] : found;
    return { by, path, sign: field2 === name ? 1 : -1 };
  });
  return (a, b) => {
    for (const { by, path, sign: sign2 } of terms) {
      const difference = compare(by, valueAt(a, path), valueAt(b, path));
      if (difference !== 0) return sign2 * difference;
    }
    return 0;
  };
}
function valueAt(row, path) {
  let value = row;
  for (const name of path) {
    if (value === null || value === void 0) return value;
    value = Object.hasOwn(value, name) ? value[name] : void 0;
  }
  return value;
}
function compare(by, a, b) {
  if (a === void 0 || b === void 0) return NaN;
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  return by(a, b);
}
function sign(a, b) {
  return a < b ? -1 : a > b ? 1 : a === b ? 0 : NaN;
}
var byDatabase = (a, b) => a !== void 0 && a === b ? 0 : NaN;
var byType = (a, b) => (typeof a === "string" ? byText : byNumber)(a, b);
var byNumber = (a, b) => sign(Number(a), Number(b));
var byInteger = (a, b) => {
  const [left, right] = [Number(a), Number(b)];
  if (left !== right) return sign(left, right);
  if (typeof a === "number" || typeof b === "number") return Number.isSafeInteger(left) ? 0 : NaN;
  return sign(BigInt(a), BigInt(b));
};
var byText = (a, b) => {
  const [left, right] = [String(a), String(b)];
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    const [x, y] = [left.charCodeAt(at), right.charCodeAt(at)];
    if (x !== y) return sign(x < 55296 || x > 57343 ? x : x + 65536, y < 55296 || y > 57343 ? y : y + 65536);
  }
  return left.length - right.length;
};

// ../../../../generated/chat/client/src/core/pages.ts
async function* cursorPages(at, args, options) {
  for (let cursor; cursor !== null; ) {
    const page = await at.read("list", cursor === void 0 ? args : { ...args, cursor }, options);
    yield page;
    cursor = page.next;
  }
}
async function gather(pages, count = Infinity) {
  const rows = [];
  let first;
  for await (const { results, offset } of pages) {
    first ??= offset;
    if (offset !== void 0 && first !== void 0) rows.splice(offset - first);
    rows.push(...results);
    if (rows.length >= count) break;
  }
  return rows;
}
var LARGE = 500;
async function gatherLarge(walk, count = Infinity) {
  try {
    return await gather(walk({ limit: Math.min(count, LARGE) }), count);
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    return gather(walk({}), count);
  }
}

// ../../../../generated/chat/client/src/core/presence.ts
function present(subscribe) {
  let subscription;
  return {
    subscribe: (callback, options) => {
      subscription = subscribe((event) => {
        const { action, data } = event;
        if (action === "resync" || action === "dropped") callback({ action: "resync", data: null });
        else callback({ action: data.present ? "update" : "delete", data });
      }, options);
      return subscription;
    },
    // A subscription is answered with the members.
    load: async (signal) => await subscription?.again({ signal }) ?? [],
    key: (member) => member.key
  };
}

// ../../../../generated/chat/client/src/consumers/room.ts
var RoomConsumer = class {
  #at;
  constructor(endpoint) {
    this.#at = endpoint;
  }
  /** Returns all rows. */
  list(options) {
    return this.#at.read("list", {}, options);
  }
  /** Reads one row. */
  retrieve(pk, options) {
    return this.#at.read("retrieve", { pk }, options);
  }
  /** Creates a row, and answers it as it was stored. */
  create(data, options) {
    return this.#at.call("create", { data }, options);
  }
  /** Subscribes to the changes of one row. */
  subscribe(pk, callback, options) {
    const to = {
      subscribe: "subscribe_instance",
      unsubscribe: "unsubscribe_instance",
      events: ["update", "delete"],
      args: { pk }
    };
    return this.#at.subscribe(to, callback, options);
  }
  /** Enters a room: from now on others see that one is there. */
  joinRoom(pk, options) {
    return this.#at.call("join_room", { pk }, options);
  }
  /** Leaves a room. */
  leaveRoom(pk, options) {
    return this.#at.call("leave_room", { pk }, options);
  }
  /** Says something in a room. */
  createMessage(pk, input2, options) {
    return this.#at.call("create_message", { pk, ...input2 }, options);
  }
  /** Tells of the messages of a room. */
  messageActivity(args, callback, options) {
    const to = {
      subscribe: "subscribe_to_messages_in_room",
      unsubscribe: "unsubscribe_from_messages_in_room",
      events: ["create", "update", "delete"],
      args: { ...args }
    };
    return this.#at.subscribe(to, callback, options);
  }
  /** Tells of rooms. */
  roomActivity(callback, options) {
    const to = {
      subscribe: "subscribe_to_room_activity",
      unsubscribe: "unsubscribe_from_room_activity",
      events: ["create", "update", "delete"],
      args: {}
    };
    return this.#at.subscribe(to, callback, options);
  }
  /** Who is in a room. */
  visitors(args, callback, options) {
    const to = {
      subscribe: "subscribe_to_visitors",
      unsubscribe: "unsubscribe_from_visitors",
      events: ["visitors"],
      args: { ...args }
    };
    return this.#at.subscribe(to, callback, options);
  }
  /** Returns who is present by the signal `visitors`, up to date until `close`. */
  presentVisitors(args, options) {
    return Live.shared(
      this.#at,
      ["presentVisitors", args],
      options,
      () => present((callback, request) => this.visitors(args, callback, request))
    );
  }
  /** Calls the listener with every frame in the application's own format. */
  onFrame(listener) {
    return this.#at.onFrame(listener);
  }
  /** Returns rows that stay up to date until `close`: all of them, or the one with a key. */
  live(of = {}, options) {
    if (typeof of !== "object") return this.liveRow(of, options);
    return Live.shared(this.#at, ["live", of], options, () => ({
      subscribe: (callback, request) => this.roomActivity(callback, request),
      load: (signal) => this.list({ signal }),
      key: (row) => row.id,
      compare: orderOf(["name", "id"], { name: byText, id: byInteger }),
      limit: of.limit
    }));
  }
  /** Returns a row that stays up to date until `close`; none if it is deleted. */
  liveRow(pk, options) {
    return Live.shared(this.#at, ["liveRow", pk], options, () => ({
      subscribe: (callback, request) => this.subscribe(pk, callback, request),
      load: async (signal) => [await this.retrieve(pk, { signal })],
      key: (row) => row.id
    }));
  }
};

// ../../../../generated/chat/client/src/consumers/message.ts
var MessageConsumer = class {
  #at;
  constructor(endpoint) {
    this.#at = endpoint;
  }
  /** Returns the pages of the list; each is requested when the one before was read. */
  pages(query = {}, options) {
    return cursorPages(this.#at, { ...query }, options);
  }
  /** Returns one page. */
  list(query = {}, options) {
    return this.#at.read("list", { ...query }, options);
  }
};

// ../../../../generated/chat/client/src/index.ts
var PATHS = {
  rooms: "/ws/rooms/",
  messages: "/ws/messages/"
};
var ChatClient = class extends Client {
  /** Rooms, who is in them, and what is said there. */
  rooms;
  /** What was said before. */
  messages;
  constructor(options = {}) {
    super(options, PATHS);
    this.rooms = new RoomConsumer(this.endpoint("rooms"));
    this.messages = new MessageConsumer(this.endpoint("messages"));
  }
};

// src/account.ts
async function ask(path, options) {
  return fetch(path, options).catch(() => {
    throw new Error("There is no connection. Try again.");
  });
}
async function me() {
  const response = await ask("/me");
  return response.ok ? await response.json() : void 0;
}
async function login(username, password) {
  const response = await ask("/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password })
  });
  if (!response.ok) throw new Error(await response.text() || "The login failed.");
  return await response.json();
}
async function logout() {
  const response = await ask("/logout", { method: "POST" });
  if (!response.ok) throw new Error("The logout failed. Try again.");
}
async function isLoggedIn() {
  return (await fetch("/me")).status !== 401;
}

// src/words.ts
var ENDED = "Your session has ended. Log in again.";
function words(error) {
  if (error instanceof ValidationError) return String(Object.values(error.fieldErrors)[0] ?? error.nonFieldErrors[0] ?? "This is not valid.");
  if (error instanceof NotAuthenticated) return ENDED;
  if (error instanceof PermissionDenied) return "You may not do this.";
  if (error instanceof NotFound) return "This does not exist any more.";
  if (error instanceof RequestError && error.status === 429) return "That was too much at once. Wait a moment, and try again.";
  if (error instanceof RequestError) return "The server has a problem. Try again.";
  if (error instanceof Closed && error.sent) return "The connection was lost. Was it sent? Look above.";
  if (error instanceof Closed || error instanceof TimedOut) return "There is no connection. Try again.";
  return error instanceof Error ? error.message : String(error);
}

// src/dom.ts
function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`there is no #${id}`);
  return element;
}
function make(name, content, properties = {}) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...typeof content === "string" ? [content] : content);
  return element;
}
function onSubmit(form, work) {
  const place = form.querySelector(".error");
  const button = form.querySelector("button");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (place === null || button === null || button.disabled) return;
    place.textContent = "";
    button.disabled = true;
    work(new FormData(form)).catch((error) => {
      place.textContent = words(error);
    }).finally(() => {
      button.disabled = false;
    });
  });
}
function field(data, name) {
  const value = data.get(name);
  return typeof value === "string" ? value : "";
}

// src/room.ts
var PAGE = 50;
var messages = byId("messages");
var nothing = byId("nothing");
var scroll = byId("scroll");
var earlier = byId("earlier");
var people = byId("people");
var trouble = byId("trouble");
var again = trouble.querySelector("button");
var OpenRoom = class {
  id;
  #client;
  #me;
  #live;
  #limit = PAGE;
  #stops = [];
  /** What is shown: messages by their ids, and days by their dates. */
  #shown = /* @__PURE__ */ new Map();
  constructor(client, me2, room) {
    this.id = room.id;
    this.#client = client;
    this.#me = me2;
    messages.replaceChildren();
    earlier.hidden = nothing.hidden = true;
    showPeople([]);
    const visitors = client.rooms.presentVisitors({ room: room.id });
    this.#live = this.#open();
    this.#live.subscribe(() => this.#show());
    const enter2 = () => {
      client.rooms.joinRoom(room.id).catch((error) => {
        if (!(error instanceof Closed)) showTrouble(words(error));
      });
    };
    const more = () => this.#more();
    const retry = () => this.#live.retry();
    earlier.addEventListener("click", more);
    again.addEventListener("click", retry);
    this.#stops.push(
      visitors.subscribe(({ rows }) => showPeople(rows.map((visitor) => visitor.username))),
      () => void visitors.close().catch(() => void 0),
      // A new connection is in no room.
      client.onStatus((status) => {
        if (status === "open") enter2();
      }),
      () => earlier.removeEventListener("click", more),
      () => again.removeEventListener("click", retry),
      () => showTrouble("")
    );
    enter2();
  }
  /** Says something. */
  async say(message) {
    this.#live.apply(await this.#client.rooms.createMessage(this.id, { message }, { timeout: 15e3 }));
  }
  /** Leaves it. */
  leave() {
    for (const stop2 of this.#stops) stop2();
    this.#live.close().catch(() => void 0);
    this.#client.rooms.leaveRoom(this.id).catch(() => void 0);
    messages.replaceChildren();
    earlier.hidden = nothing.hidden = true;
    showPeople([]);
  }
  /** The newest messages, the newest first: as many as are shown. */
  #open() {
    const room = this.id;
    return new Live({
      subscribe: (callback, options) => this.#client.rooms.messageActivity({ room }, callback, options),
      load: (signal, count) => gatherLarge((page) => this.#client.messages.pages({ filter: { room }, ...page }, { signal }), count),
      key: (message) => message.id,
      compare: orderOf(["-id"], { id: byInteger }),
      limit: this.#limit
    });
  }
  /** Shows more of what was said before. Until it is there, what is shown stays. */
  #more() {
    this.#limit += PAGE;
    const before = this.#live;
    const live = this.#open();
    earlier.disabled = true;
    live.ready.then(
      () => {
        before.close().catch(() => void 0);
        this.#live = live;
        live.subscribe(() => this.#show());
        this.#show();
      },
      (error) => showTrouble(error instanceof Closed ? "" : words(error))
    ).finally(() => earlier.disabled = false);
    this.#stops.push(() => void live.close().catch(() => void 0));
  }
  #show() {
    const { rows, status, error, more } = this.#live.snapshot();
    if (status === "closed") return;
    showTrouble(status === "failed" ? words(error) : "");
    earlier.hidden = more !== true;
    nothing.hidden = status !== "live" || rows.length > 0;
    const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
    const before = scroll.scrollHeight;
    const kept2 = /* @__PURE__ */ new Map();
    const oldest = rows.at(-1);
    const fresh = this.#shown.size > 0 && oldest !== void 0 && !this.#shown.has(oldest.id);
    for (const row of [...rows].reverse()) {
      const day = new Date(row.created_at).toDateString();
      if (!kept2.has(day)) kept2.set(day, this.#shown.get(day) ?? dayOf(row));
      kept2.set(row.id, this.#shown.get(row.id) ?? this.#item(row));
    }
    this.#shown.forEach((item, id) => {
      if (!kept2.has(id)) item.remove();
    });
    let at = messages.firstElementChild;
    for (const item of kept2.values()) {
      if (item === at) at = at.nextElementSibling;
      else messages.insertBefore(item, at);
    }
    this.#shown = kept2;
    if (fresh && !atEnd) scroll.scrollTop += scroll.scrollHeight - before;
    else if (atEnd) scroll.scrollTop = scroll.scrollHeight;
  }
  #item(message) {
    const at = new Date(message.created_at);
    const time = make("time", at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
    time.dateTime = message.created_at;
    time.title = at.toLocaleString();
    const by = make("div", [make("span", message.user.username), time], { className: "by" });
    const own = message.user.id === this.#me.id ? "own" : "";
    return make("li", [by, make("p", message.text)], { className: own });
  }
};
function dayOf(message) {
  const at = new Date(message.created_at);
  const today = /* @__PURE__ */ new Date();
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  const is = (day) => at.toDateString() === day.toDateString();
  const long = at.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const time = make("time", is(today) ? "Today" : is(yesterday) ? "Yesterday" : long);
  time.dateTime = message.created_at.slice(0, 10);
  return make("li", [time], { className: "day" });
}
function showTrouble(text2) {
  const place = trouble.querySelector("span");
  if (place.textContent !== text2) place.textContent = text2;
  again.hidden = text2 === "";
}
function showPeople(names) {
  people.replaceChildren(...[...names].sort().map((name) => make("li", name)));
}

// src/main.ts
var loginPage = byId("login");
var chatPage = byId("chat");
var roomList = byId("rooms");
var connection = byId("connection");
var main = byId("room");
var title = byId("room-title");
var say = byId("say");
var input = byId("message");
var here;
function start(user2) {
  const client = new ChatClient({ backoff: { min: 250, max: 5e3 }, session: isLoggedIn });
  const rooms = client.rooms.live();
  here = { me: user2, client, rooms, open: void 0 };
  byId("me").textContent = user2.username;
  byId("ended").textContent = "";
  loginPage.hidden = true;
  chatPage.hidden = false;
  rooms.subscribe(({ status, error }) => {
    route();
    if (status === "failed") void refused2(client, error);
  });
  client.onStatus((status) => showStatus(client, status));
  client.onError((error) => showConnection(words(error)));
  route();
}
function stop(reason = "") {
  const before = here;
  here = void 0;
  before?.open?.leave();
  before?.client.close();
  chatPage.hidden = true;
  loginPage.hidden = false;
  byId("ended").textContent = reason;
  byId("rooms").replaceChildren();
  byId("people").replaceChildren();
  loginPage.querySelector("input")?.focus();
}
function showStatus(client, status) {
  if (status === "refused") return stop(words(client.lastError));
  const away = status === "waiting" || status === "connecting" && client.lastClose !== void 0;
  if (away && connection.childElementCount > 0) return;
  showConnection(!away ? "" : navigator.onLine ? "Reconnecting…" : "You are offline.");
}
async function refused2(client, error) {
  const isOver = error instanceof PermissionDenied && !await isLoggedIn().catch(() => true);
  if (here?.client !== client) return;
  if (isOver) return stop(ENDED);
  showConnection(words(error));
}
function showConnection(text2) {
  if (connection.textContent !== text2) connection.replaceChildren(...text2 === "" ? [] : [make("span", text2)]);
}
function roomOf({ hash }) {
  const found = /^#room-(\d+)$/.exec(hash)?.[1];
  return found === void 0 ? void 0 : Number(found);
}
function route() {
  if (here === void 0) return;
  const id = roomOf(location);
  const room = here.rooms.rows.find((room2) => room2.id === id);
  if (here.open?.id !== id || here.open === void 0 && id !== void 0) open(id, room);
  else if (room !== void 0) title.textContent = room.name;
  chatPage.classList.toggle("in-room", id !== void 0);
  document.title = room === void 0 ? "Chat" : `${room.name} · Chat`;
  showRooms(here.rooms.rows);
}
function open(id, room) {
  if (here === void 0) return;
  if (here.open !== void 0 && here.open.id !== id) {
    here.open.leave();
    here.open = void 0;
  }
  say.hidden = room === void 0;
  if (room !== void 0) {
    here.open = new OpenRoom(here.client, here.me, room);
    title.textContent = room.name;
    input.focus();
  } else {
    const known = here.rooms.status === "live";
    title.textContent = id === void 0 ? "Choose a room" : known ? "This room does not exist." : "Loading…";
  }
}
function showRooms(rows) {
  const focused = document.activeElement?.getAttribute("data-room");
  const items = rows.map((room) => {
    const button = make("button", [make("span", room.name)]);
    button.setAttribute("type", "button");
    button.setAttribute("data-room", String(room.id));
    if (room.id === here?.open?.id) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => enter(room));
    return make("li", [button]);
  });
  roomList.replaceChildren(...items);
  if (focused) roomList.querySelector(`[data-room="${focused}"]`)?.focus();
}
function enter(room) {
  location.hash = `room-${room.id}`;
  route();
  input.focus();
}
onSubmit(byId("login-form"), async (data) => {
  const user2 = await login(field(data, "username"), field(data, "password"));
  byId("login-form").reset();
  start(user2);
});
onSubmit(byId("new-room"), async (data) => {
  if (here === void 0) return;
  const room = await here.client.rooms.create({ name: field(data, "name"), host: here.me.id });
  byId("new-room").reset();
  here.rooms.apply(room);
  enter(room);
});
onSubmit(say, async (data) => {
  const text2 = field(data, "message").trim();
  if (text2 === "" || here?.open === void 0) return;
  await here.open.say(text2);
  if (input.value.trim() === text2) input.value = "";
});
input.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  say.requestSubmit();
});
byId("back").addEventListener("click", () => {
  const id = roomOf(location);
  location.hash = "";
  route();
  roomList.querySelector(`[data-room="${id}"]`)?.focus();
});
byId("logout").addEventListener("click", () => {
  const failed = (error) => showConnection(`Still logged in. ${error.message}`);
  logout().then(() => stop(), failed);
});
window.addEventListener("hashchange", route);
window.addEventListener("offline", () => here && showConnection("You are offline."));
window.addEventListener("online", () => here && showStatus(here.client, here.client.status));
var user = await me().catch(() => void 0);
if (user === void 0) stop();
else start(user);
main.setAttribute("data-ready", "");
