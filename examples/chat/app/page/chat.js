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
    this.#timer = void 0;
  }
};
var Retry = class {
  constructor(backoff) {
    this.backoff = backoff;
  }
  backoff;
  #tries = 0;
  #timer = new Timer();
  /** Schedules another try after `after` milliseconds, or by default after a longer wait than the one before. */
  again(then, after = wait(this.backoff, this.#tries)) {
    this.#tries += 1;
    this.#timer.set(after, then);
  }
  /** Cancels the scheduled try. The next wait is longer nevertheless. */
  stop() {
    this.#timer.clear();
  }
  /** Makes the next wait the shortest one, because the server has accepted something. */
  accepted() {
    this.#tries = 0;
  }
};

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
    super(message ?? `${failure.stream} ${text(failure.action)}: ${sentence(failure)} (${failure.status})`);
    this.stream = failure.stream;
    this.action = failure.action;
    this.status = failure.status;
    this.errors = failure.errors;
  }
};
var ValidationError = class extends RequestError {
  name = "ValidationError";
  /** The errors by field. Errors of the whole input are under `non_field_errors`. */
  get fieldErrors() {
    const found = {};
    for (const error of this.errors) {
      if (isFieldErrors(error) && !Array.isArray(error)) Object.assign(found, error);
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
function isFieldErrors(value) {
  if (Array.isArray(value)) return value.every((item) => typeof item === "string");
  return typeof value === "object" && value !== null;
}
function sentence(failure) {
  return failure.errors.map(text).join(" ") || "refused";
}
function text(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

// ../../../../generated/chat/client/src/core/listeners.ts
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
  let value;
  try {
    value = json.parse(text2);
  } catch (error) {
    throw new ProtocolError("the server sent what is not JSON", { cause: error });
  }
  let stream;
  if (multiplexed && isObject(value) && "payload" in value) {
    stream = typeof value["stream"] === "string" ? value["stream"] : void 0;
    value = value["payload"] ?? null;
  }
  return isEnvelope(value) ? { stream, envelope: value } : { stream, frame: value };
}
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
function isEnvelope(value) {
  return isObject(value) && typeof value["response_status"] === "number" && Array.isArray(value["errors"]) && "action" in value && "request_id" in value && "data" in value;
}

// ../../../../generated/chat/client/src/core/requests.ts
var TOO_LARGE = 1009;
var Requests = class {
  constructor(connection2, options) {
    this.connection = connection2;
    this.options = options;
  }
  connection;
  options;
  /** The requests by their ids, in the order of the calls. */
  #pending = /* @__PURE__ */ new Map();
  #ids = 0;
  nextId() {
    this.#ids += 1;
    return String(this.#ids);
  }
  /** Sends a request, now or when there is a connection, and returns the result that `take` makes from its answers. */
  exchange(call, options, take) {
    const { signal, timeout = this.options.timeout } = options;
    const { connection: connection2 } = this;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      if (connection2.status === "closed") return reject(new Closed("the client is closed"));
      if (connection2.status === "refused") return reject(connection2.lastError);
      const timer = new Timer();
      const settle = (then) => {
        timer.clear();
        signal?.removeEventListener("abort", abort);
        this.#remove(pending);
        then();
      };
      const fail = (error) => settle(() => reject(error));
      const done = (value) => settle(() => resolve(value));
      const abort = () => fail(signal?.reason);
      const id = call.id ?? this.nextId();
      const pending = {
        id,
        call,
        text: encode(this.wire(call.stream), call.action, id, call.args, this.options.json),
        sent: false,
        transmitted: () => take === "sent" ? done(void 0) : void 0,
        answer: (envelope) => {
          if (envelope.response_status >= 400) fail(failureOf(call, envelope));
          else if (take !== "sent") take(envelope.data, done);
        },
        fail
      };
      timer.set(timeout, () => fail(this.late(call, timeout, pending.sent)));
      signal?.addEventListener("abort", abort);
      this.#send(pending);
    });
  }
  /** Returns the error of a call that took too long: with a cause, if it was not even sent. */
  late(call, timeout, sent) {
    return new TimedOut(`${call.stream} ${call.action}: no answer within ${timeout} ms`, sent ? {} : this.#cause());
  }
  /** Sends the requests that wait for the connection, which is open now. */
  opened() {
    for (const pending of this.#all()) {
      if (!pending.sent && this.connection.status === "open") this.#transmit(pending);
    }
  }
  /**
   * Handles the loss of the connection: requests that only read wait for the next one, the others fail, because their
   * outcome is unknown.
   */
  lost(close) {
    for (const pending of this.#all()) {
      if (!pending.sent) continue;
      if (pending.call.repeatable && close.code !== TOO_LARGE) pending.sent = false;
      else pending.fail(new Closed(`the connection was lost before the answer (${close.code})`, close.code, true, this.#cause()));
    }
  }
  /** Handles an answer. Returns false if no request waits for it. */
  answered(id, envelope) {
    const siblings = this.#pending.get(id)?.filter((pending2) => pending2.sent);
    const own = siblings?.find((pending2) => pending2.call.action === envelope.action);
    const pending = own ?? (envelope.response_status < 400 ? void 0 : siblings?.[0]);
    pending?.answer(envelope);
    return pending !== void 0;
  }
  /** Fails all requests. */
  fail(error) {
    for (const pending of this.#all()) pending.fail(error);
  }
  /** Returns the stream that a frame names, if frames name streams. */
  wire(stream) {
    return this.options.multiplexed ? stream : void 0;
  }
  /** Sends a request, or keeps it until there is a connection. */
  #send(pending) {
    this.#pending.set(pending.id, [...this.#pending.get(pending.id) ?? [], pending]);
    if (this.connection.status === "open") return this.#transmit(pending);
    if (this.#waiting() > this.options.queue) {
      return pending.fail(new QueueFull(`${this.options.queue} requests wait for a connection`, this.#cause()));
    }
    this.connection.need();
  }
  #transmit(pending) {
    pending.sent = true;
    this.connection.send(pending.text);
    pending.transmitted();
  }
  #cause() {
    return { cause: this.connection.lastError };
  }
  #waiting() {
    return this.#all().filter((pending) => !pending.sent).length;
  }
  #all() {
    return [...this.#pending.values()].flat();
  }
  #remove(pending) {
    const others = this.#pending.get(pending.id)?.filter((other) => other !== pending) ?? [];
    if (others.length === 0) this.#pending.delete(pending.id);
    else this.#pending.set(pending.id, others);
  }
};
function failureOf(call, envelope) {
  const { action, errors, response_status: status } = envelope;
  return errorOf({ stream: call.stream, action, status, errors });
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
  asking: { ...always, subscribed: reading, gap: reading, retry: asking, reload: asking },
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
var ROWS = ["create", "update", "delete"];
var Subscription = class {
  id;
  #ready;
  #resolve = () => void 0;
  #reject = () => void 0;
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
  #options;
  #actions;
  #events = new Listeners();
  #statuses = new Listeners();
  #inboxes = /* @__PURE__ */ new Set();
  /** The events that arrived before the first listener, if there is no callback. */
  #early;
  #session;
  #retry;
  /** The time in which it has to be live for the first time. */
  #limit = new Timer();
  /** Stops to listen to the signal. */
  #deafen = () => void 0;
  constructor(session, options) {
    const { callback, request } = options;
    const { signal, timeout = session.options.timeout } = request;
    this.#session = session;
    this.#options = options;
    this.id = session.requests.nextId();
    this.#patient = timeout === Infinity;
    this.#retry = new Retry(session.options.connection.backoff);
    this.#actions = options.actions && /* @__PURE__ */ new Set([...options.actions, "resync", "dropped"]);
    this.#ready = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#ready.catch(() => void 0);
    if (callback === void 0) this.#early = this.#inbox();
    else this.#events.add(callback);
    const { connection: connection2 } = session;
    const over2 = signal?.aborted === true || connection2.status === "closed";
    if (over2) {
      this.#off("end", signal?.aborted === true ? signal.reason : new Closed("the client is closed"));
      return;
    }
    session.subscribers.set(this.id, this);
    const abort = () => this.#off("end", signal?.reason);
    signal?.addEventListener("abort", abort);
    this.#deafen = () => signal?.removeEventListener("abort", abort);
    this.#limit.set(timeout, () => this.#off("refused", session.requests.late(this.#call(), timeout, this.#there)));
    if (connection2.status === "open") this.opened();
    else if (connection2.status === "refused") queueMicrotask(() => this.refused(connection2.lastError));
    else connection2.need();
  }
  get status() {
    return statusOf(this.#state);
  }
  /** The reason why the subscription is lost, has failed or has ended, if it is known. */
  get error() {
    return this.#error;
  }
  /** Resolves when the subscription is live for the first time; rejects if it never is. */
  get ready() {
    this.#heard = true;
    return this.#ready;
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
    return this.#session.resets.add(listener);
  }
  /** Ends the subscription. No event is delivered from now on; the promise resolves when the server has answered. */
  async unsubscribe(options = {}) {
    if (this.#go("end")) await this.#lift(options);
  }
  /** Asks the server for the subscription once more, under the same id, and returns the `data` of the answer. */
  again(options) {
    return this.#session.request(this.#call(), options);
  }
  /** Tries again now, if the subscription is not live: connects, or asks an open connection for a sign of life. */
  retry() {
    if (this.#go("retry")) this.#ask();
    else if (this.#state !== "failed" && this.#state !== "ended") this.#session.connection.wake();
  }
  /** Passes an error to the client's `onError`, because no other listener receives it. */
  report(error) {
    this.#session.errors.tell(error);
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
    if (this.#state === "ended" || this.#state === "failed") inbox.end(this.#error);
    else this.#inboxes.add(inbox);
    return inbox;
  }
  // The session calls the following members.
  opened() {
    if (this.#go("opened")) this.#ask();
  }
  interrupted() {
    this.#there = this.#late = false;
    const { status, lastError } = this.#session.connection;
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
    if (this.#state === "failed" || this.#state === "ended") return true;
    const { action, data } = envelope;
    if (envelope.response_status >= 400) {
      const error = failureOf(this.#call(), envelope);
      this.#fail(error, !isFinal(error) || this.#late);
      return true;
    }
    if (typeof action !== "string" || this.#actions?.has(action) === false) return false;
    this.#told({ action, data });
    return true;
  }
  #call() {
    return { ...this.#options.call, id: this.id };
  }
  /** Sends a call: one that subscribes, or one that ends the subscription. */
  #send(call, options) {
    return this.#options.answered ? this.#session.request(call, options) : this.#session.tell(call, options);
  }
  /** Subscribes on this connection. */
  #ask() {
    if (this.#state !== "pending") return;
    this.#there = true;
    const options = this.#patient || this.#known ? {} : { timeout: Infinity };
    this.#send(this.#call(), options).then(
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
    this.#resolve();
    const again2 = this.#known;
    this.#known = true;
    if (again2 && this.#state === "live") this.#told({ action: "resync", data: null });
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
    const isRow = typeof data === "object" && data !== null && !Array.isArray(data);
    if (this.#actions !== void 0 && ROWS.includes(action) && !isRow) {
      const { stream, action: to } = this.#options.call;
      this.report(new ProtocolError(`${stream} ${to}: an event \`${action}\` without a row`));
      return this.#told({ action: "resync", data: null });
    }
    const told2 = event;
    this.#events.tell(told2);
    for (const inbox of this.#inboxes) inbox.push(told2);
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
    const { call, unsubscribe: action, endArgs: args } = this.#options;
    try {
      await this.#send({ ...call, id: this.id, action, args }, options);
    } catch (error) {
      if (error instanceof Closed || error instanceof NotFound || !this.#there) return this.#gone();
      this.#retry.again(() => void this.#lift({}).catch(() => void 0));
      throw error;
    }
    this.#gone();
  }
  /** The server does not have the subscription any more. */
  #gone() {
    this.#retry.stop();
    this.#session.subscribers.delete(this.id);
  }
  /** Enters the state that an event leads to. Returns false if there is none. */
  #go(event, error) {
    const state = SUBSCRIPTION[this.#state][event];
    if (state === void 0) return false;
    const { log } = this.#session.options.connection;
    log?.(`subscription ${this.id} (${this.#options.call.action}): ${this.#state} -> ${state}`, error);
    this.#retry.stop();
    const same2 = this.status === statusOf(state) && this.#error === error;
    this.#state = state;
    this.#error = error;
    if (state === "failed" || state === "ended") {
      this.#limit.clear();
      this.#deafen();
      this.#reject(error ?? new Closed("unsubscribed"));
    }
    if (!same2) this.#statuses.tell(this.status);
    if (state === "failed" || state === "ended") {
      for (const inbox of this.#inboxes) inbox.end(error);
      this.#inboxes.clear();
    }
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
  get backoff() {
    return this.session.options.connection.backoff;
  }
  /** Calls an action that changes something: the request is sent once. */
  async call(action, args, options) {
    return await this.session.request(this.#call(action, args, false), options);
  }
  /** Calls an action that changes nothing: if the connection is lost before the answer, the request is sent again. */
  async read(action, args, options) {
    return await this.session.request(this.#call(action, args, true), options);
  }
  /** Calls an action that does not answer. The client's `onError` receives a refusal. */
  tell(action, args, options) {
    return this.session.tell(this.#call(action, args, false), options);
  }
  /** Lists with an answer in several frames: `each` receives their data until it returns true for the last one. */
  listMany(args, options, each) {
    return this.session.requestMany(this.#call("list", args, false), options, each);
  }
  /** Subscribes to an observer or a signal. */
  subscribe(to, callback, request = {}) {
    return new Subscription(this.session, {
      call: this.#call(to.subscribe, { ...to.args, ...to.filter }, false),
      unsubscribe: to.unsubscribe,
      endArgs: to.args,
      answered: to.reply ?? true,
      actions: to.events,
      callback,
      request
    });
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

// ../../../../generated/chat/client/src/core/connection.ts
var AUTHENTICATE = "authenticate";
var TOKEN_FOLLOWS = "access_token";
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
var Connection = class {
  constructor(options, events) {
    this.options = options;
    this.events = events;
    this.#retry = new Retry(options.backoff);
  }
  options;
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
  #limit = new Timer();
  #silence = new Timer();
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
    this.options.log?.("sent", text2);
    this.#socket?.send(text2);
  }
  /** Closes the connection for good. */
  close(code = 1e3, reason = "") {
    this.#on("close", { code, reason });
  }
  /**
   * Enters the state that an event leads to, if there is one. `close` says how the connection ends, and `error` why, if
   * it is known.
   */
  #on(event, close, error) {
    const [before, was] = [this.#state, this.status];
    const state = CONNECTION[before][event];
    if (state === void 0) return;
    this.options.log?.(`connection: ${before} -> ${state}`, error ?? close);
    this.#state = state;
    if (before === "idle") this.#forget = onceAwake(() => this.#awake());
    const own = event === "reconnect" || event === "close";
    if (close !== void 0) this.#detach(own ? close : void 0);
    this.#retry.stop();
    if (close !== void 0 && this.#accepted && !OBJECTIONS.includes(close.code)) this.#retry.accepted();
    if (state === "preparing") this.#prepare();
    else if (state === "waiting") this.#retry.again(() => this.#on("due"), told(close));
    else if (state === "closed") this.#forget();
    const number = this.#try;
    const current = () => this.#state === state && this.#try === number;
    if (before === "open" && close !== void 0) this.events.lost(close);
    if (state === "refused" && current()) this.events.refused(error);
    if (was !== this.status && current()) this.#statuses.tell(this.status);
    if (state === "open" && current()) this.events.opened();
  }
  #prepare() {
    this.#accepted = false;
    this.#try += 1;
    const number = this.#try;
    const { connectTimeout } = this.options;
    this.#limit.set(connectTimeout, () => {
      if (this.#socket !== void 0) return this.#drop("the handshake took too long");
      this.#failed(new TimedOut(`neither URL nor token were there within ${connectTimeout} ms`));
    });
    void this.#address().then(
      (address2) => {
        if (number === this.#try) this.#dial(address2);
      },
      (error) => {
        if (number === this.#try) this.#failed(error);
      }
    );
  }
  async #address() {
    const token = await this.options.token?.();
    const url = await this.options.url();
    if (token === void 0 || this.options.tokenIn !== "query") return { url, token };
    const address2 = new URL(url);
    address2.searchParams.set("token", token);
    return { url: address2.href, token: void 0 };
  }
  #dial({ url, token }) {
    let socket;
    let { protocols } = this.options;
    if (token !== void 0 && this.options.tokenIn === "subprotocol") {
      protocols = [...protocols, TOKEN_FOLLOWS, token];
      token = void 0;
    }
    const { WebSocket } = this.options;
    try {
      if (WebSocket === void 0) throw new Error("there is no global WebSocket: pass one, such as that of the package `ws`");
      socket = new WebSocket(url, protocols);
    } catch (error) {
      return this.#failed(new CannotConnect(`no socket to ${url.split("?")[0]}: ${String(error)}`, { cause: error }));
    }
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
      this.#alive();
      if (this.#state !== "open") return this.#authenticated(data);
      this.#accepted = true;
      this.options.log?.("received", data);
      this.events.received(data);
    };
    socket.onclose = ({ code, reason }) => this.#ended({ code, reason });
    socket.onerror = (event) => {
      this.#cause = event?.error;
    };
    this.#on("prepared");
  }
  #authenticated(text2) {
    let received;
    try {
      received = decode(text2, false);
    } catch (error2) {
      return this.events.failed(error2);
    }
    const { envelope } = { envelope: void 0, ...received };
    if (envelope?.request_id !== AUTHENTICATE) return;
    const { action, errors, response_status: status } = envelope;
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
    this.#alive();
  }
  /** Starts the time of silence again, after a frame was received. */
  #alive() {
    const { heartbeat } = this.options;
    this.#probing = false;
    if (this.#state === "open" && heartbeat !== void 0) this.#silence.set(heartbeat.idle, () => this.#probe());
  }
  /** Asks the server for a sign of life. */
  #probe() {
    const { heartbeat } = this.options;
    if (heartbeat === void 0 || this.#probing) return;
    this.#probing = true;
    this.send(this.events.probe());
    this.#silence.set(heartbeat.timeout, () => this.#drop("the server was silent"));
  }
  /** The browser has a network again, or shows its page again. */
  #awake() {
    if (this.#state === "waiting" || this.#state === "open") this.wake();
  }
  /** Ends the connection without waiting for its socket to close. */
  #drop(reason, error) {
    const socket = this.#socket;
    this.#ended({ code: 1006, reason }, error);
    socket?.close();
  }
  /** Ends the try: there is no socket, because the URL, the token or the class of sockets is missing. */
  #failed(error) {
    this.#ended({ code: 1006, reason: error instanceof Error ? error.message : String(error) }, error);
    if (!isFinal(error)) this.events.failed(error);
  }
  #ended(close, error) {
    const refusal = this.#socket === void 0 && isFinal(error) ? error : this.#refusal(close);
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
    this.lastError = errorOf({ stream: "", action: "connect", status: 401, errors: ["The session has ended."] });
    this.#on("refused", void 0, this.lastError);
  }
  /**
   * Returns why the server refuses this client, unless the next try may differ: after a 401 it can have a new token.
   */
  #refusal({ code, reason }) {
    const status = REFUSALS[code];
    if (status === void 0 || status === 401 && this.options.token !== void 0) return void 0;
    return errorOf({ stream: "", action: "connect", status, errors: reason === "" ? [] : [reason] });
  }
  /** Removes the socket, and ignores its further events. With a `close`, it is closed. */
  #detach(close) {
    this.#try += 1;
    this.#limit.clear();
    this.#silence.clear();
    this.#probing = false;
    const socket = this.#socket;
    this.#socket = void 0;
    if (socket === void 0) return;
    const nothing2 = () => void 0;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = nothing2;
    if (close !== void 0) socket.close(close.code, close.reason);
  }
};
function told(close) {
  const wait2 = close?.code === 1012 ? /retry in (\d{1,5}) ms/.exec(close.reason)?.[1] : void 0;
  return wait2 === void 0 ? void 0 : Number(wait2);
}
function onceAwake(then) {
  const { document: document2 } = globalThis;
  const shown = () => {
    if (document2?.visibilityState === "visible") then();
  };
  const page = globalThis;
  page.addEventListener?.("online", then);
  document2?.addEventListener?.("visibilitychange", shown);
  return () => {
    page.removeEventListener?.("online", then);
    document2?.removeEventListener?.("visibilitychange", shown);
  };
}

// ../../../../generated/chat/client/src/core/session.ts
var Session = class {
  constructor(options) {
    this.options = options;
    this.#lastStream = options.stream;
    this.connection = new Connection(options.connection, {
      opened: () => {
        this.#each((subscriber) => subscriber.opened());
        this.requests.opened();
      },
      received: (text2) => this.#received(text2),
      lost: (close) => this.#lost(close),
      failed: (error) => this.errors.tell(error),
      refused: (error) => {
        this.requests.fail(error);
        this.#each((subscriber) => subscriber.refused(error));
        this.errors.tell(error);
      },
      // No server has such an action. Its error answer shows that the connection is alive.
      probe: () => encode(this.requests.wire(this.#lastStream), HEARTBEAT, HEARTBEAT, {})
    });
    this.requests = new Requests(this.connection, options);
  }
  options;
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
  /** Sends a request and returns the `data` of its answer. */
  request(call, options = {}) {
    return this.requests.exchange(call, options, (data, resolve) => resolve(data));
  }
  /**
   * Sends a request that is answered with many frames: `each` receives their `data` until it returns true for the last
   * one.
   */
  requestMany(call, options, each) {
    return this.requests.exchange(call, options, (data, resolve) => {
      if (each(data)) resolve();
    });
  }
  /** Sends a request that is not answered if it succeeds; resolves when it was sent. */
  tell(call, options = {}) {
    return this.requests.exchange(call, options, "sent");
  }
  /** Connects again. With `forget`, requests that were not answered fail, because they are those of another user. */
  reconnect(forget) {
    if (forget) this.requests.fail(new Closed("the credentials have changed"));
    this.connection.reopen();
    this.resets.tell(forget);
  }
  /** Closes the connection, and ends all requests and subscriptions. */
  close(code, reason) {
    this.connection.close(code, reason);
    const closed2 = new Closed("the client was closed", code);
    this.requests.fail(closed2);
    this.#each((subscriber) => subscriber.ended(closed2));
  }
  #each(then) {
    for (const subscriber of [...this.subscribers.values()]) then(subscriber);
  }
  #lost(close) {
    this.requests.lost(close);
    this.#each((subscriber) => subscriber.interrupted());
  }
  #received(text2) {
    let received;
    try {
      received = decode(text2, this.options.multiplexed, this.options.json);
    } catch (error) {
      return this.errors.tell(error);
    }
    const stream = received.stream ?? this.options.stream;
    if (received.stream !== void 0) this.#lastStream = received.stream;
    if (!("envelope" in received)) {
      return this.unasked.tell({ stream, action: void 0, data: received.frame });
    }
    const { envelope } = received;
    const { action, data, request_id: id } = envelope;
    if (typeof id === "string") {
      if (this.requests.answered(id, envelope) || this.subscribers.get(id)?.received(envelope) === true) return;
    }
    if (envelope.response_status < 400) {
      this.unasked.tell({ stream, action: typeof action === "string" ? action : void 0, data });
    } else if (id !== HEARTBEAT) {
      this.errors.tell(failureOf({ stream }, envelope));
    }
  }
};
var HEARTBEAT = "heartbeat";

// ../../../../generated/chat/client/src/core/client.ts
var Client = class {
  #options;
  #sessions = /* @__PURE__ */ new Set();
  #endpoints = /* @__PURE__ */ new Map();
  /** The endpoints with a path of their own, by this path. */
  #places = /* @__PURE__ */ new Map();
  #statuses = new Listeners();
  #errors = new Listeners();
  #status = "idle";
  #closed = false;
  /**
   * @param paths the streams of the server, each with its own path.
   * @param path the path of the shared socket; null if the server has none.
   */
  constructor(options, paths, path = "/ws/") {
    this.#options = options;
    const { parameters = {}, sockets = "shared" } = options;
    const shared = options.path ?? path;
    const streams = Object.entries(paths);
    if (sockets === "shared" && shared !== null) {
      const session = this.#open(fill(shared, parameters), streams[0]?.[0] ?? "", true);
      for (const [stream] of streams) this.#endpoints.set(stream, new Endpoint(session, stream));
    } else {
      for (const [stream, own] of streams) {
        this.#endpoints.set(stream, new Endpoint(this.#open(fill(own, parameters), stream, false), stream));
      }
    }
  }
  #open(path, stream, multiplexed) {
    const session = open(this.#options, path, stream, multiplexed);
    this.#sessions.add(session);
    session.errors.add((error) => {
      if (this.#errors.size > 0) this.#errors.tell(error);
      else (this.#options.logger ?? console).error?.(error);
    });
    session.connection.onStatus(() => this.#changed());
    return session;
  }
  #changed() {
    const { status } = this;
    if (status === this.#status) return;
    this.#status = status;
    this.#statuses.tell(status);
  }
  /**
   * Returns the consumer of a stream at a path with these parameters, which has a connection of its own. For the same
   * parameters it is the same one, until `disconnect` closes it.
   */
  at(stream, path, parameters) {
    const own = fill(path, parameters);
    const known = this.#places.get(own);
    if (known !== void 0) return known;
    const session = this.#open(own, stream, false);
    const endpoint = new Endpoint(session, stream, () => {
      session.close();
      this.#places.delete(own);
      this.#sessions.delete(session);
      this.#changed();
    });
    if (this.#closed) session.close();
    this.#places.set(own, endpoint);
    return endpoint;
  }
  /** The status of the connection. If there are several, it is the worst status among those in use. */
  get status() {
    const statuses = [...this.#sessions].map((session) => session.connection.status);
    const order = ["refused", "waiting", "connecting", "open", "closed"];
    return order.find((status) => statuses.includes(status)) ?? "idle";
  }
  /** The close code and reason with which the connection ended the last time. */
  get lastClose() {
    return [...this.#sessions].find((session) => session.connection.lastClose)?.connection.lastClose;
  }
  /** The reason why there is no connection, if it is known: a browser does not report why a handshake failed. */
  get lastError() {
    return [...this.#sessions].find((session) => session.connection.lastError)?.connection.lastError;
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
    this.#closed = true;
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
function fill(path, parameters) {
  return path.replace(/\{(\w+)\}/g, (_, name) => {
    const value = Object.hasOwn(parameters, name) ? parameters[name] : void 0;
    const missing = value === void 0 || value === null || ["", ".", ".."].includes(String(value));
    if (missing) throw new DcrfError(`the path ${path} needs a value of ${name}`);
    return encodeURIComponent(String(value));
  });
}
function open(options, path, stream, multiplexed) {
  const { heartbeat = {} } = options;
  const { token, debug, logger = console } = options;
  return new Session({
    connection: {
      url: () => address(options.url, path),
      WebSocket: options.WebSocket ?? globalThis.WebSocket,
      protocols: [...options.protocols ?? []],
      token: token === void 0 ? void 0 : async () => await token() ?? void 0,
      tokenIn: options.tokenIn ?? "query",
      session: options.session,
      connectTimeout: options.connectTimeout ?? 1e4,
      backoff: { ...BACKOFF, ...options.backoff },
      heartbeat: heartbeat === false ? void 0 : { idle: 3e4, timeout: 1e4, ...heartbeat },
      log: debug === true ? (...details) => logger.debug?.("dcrf", ...details) : void 0
    },
    json: options.json ?? JSON,
    multiplexed,
    stream,
    timeout: options.timeout ?? 3e4,
    queue: options.queue ?? 256
  });
}
async function address(base, path) {
  if (typeof base === "function") return join(await base(), path);
  const { location: location2 } = globalThis;
  const origin = base ?? location2?.origin;
  if (origin === void 0) throw new CannotConnect("there is no page: say where the server is (`url`)");
  try {
    return join(origin, path);
  } catch (error) {
    throw new CannotConnect(`\`url\` is none: ${String(origin)}`, { cause: error });
  }
}
function join(base, path) {
  const url = new URL(base);
  url.protocol = url.protocol.replace("http", "ws");
  url.pathname = url.pathname.replace(/\/+$/, "") + path;
  return url.href;
}

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
  const key = by.key(row);
  const at = rows.findIndex((other) => by.key(other) === key);
  const before = rows[at];
  if (before !== void 0) {
    const now = kept(before, row);
    if ((by.compare?.(before, now) ?? 0) === 0) {
      rows[at] = now;
      return true;
    }
    rows.splice(at, 1);
  }
  const place = by.compare === void 0 ? rows.length : placeOf(rows, row, by.compare);
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
  let key;
  try {
    key = by.key(data);
  } catch (error) {
    throw new ProtocolError("an event has a row that cannot be read", { cause: error });
  }
  if (key === void 0) throw new ProtocolError("an event has a row without a key");
  return key;
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
  return typeof data === "object" && data !== null && "pk" in data && Object.keys(data).length === 1;
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
var COLLECT = { min: 100, max: 100, factor: 1, jitter: 0.5 };
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
    this.#retry = new Retry({ ...BACKOFF, ...options.backoff });
    this.ready = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.ready.catch(() => void 0);
    this.#ask();
  }
  options;
  #state = "asking";
  overlay;
  /** The rows as the server tells of them: all, or the first ones. */
  #rows;
  /** Whether these are all rows. */
  #whole = true;
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
  #deafen = () => void 0;
  #resets;
  /** Aborts the current read of the rows; and the events received meanwhile. */
  #reading = new AbortController();
  #meanwhile = [];
  /** Tells what is shown, at most once in a frame. */
  changes = new Listeners();
  /** Resolves when the rows have been read for the first time; rejects if they are refused, or closed before. */
  ready;
  #resolve = () => void 0;
  #reject = () => void 0;
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
    const first = all.slice(0, limit).map((row) => kept(old.get(key(row)), row));
    const unchanged = first.length === before.rows.length && first.every((row, at) => row === before.rows[at]);
    const now = {
      rows: unchanged ? before.rows : first,
      status: this.status,
      error: this.#error,
      more: limit < Infinity && this.#known ? all.length > limit || !this.#whole : void 0
    };
    if (!unchanged || now.status !== before.status || now.error !== before.error || now.more !== before.more) {
      this.#shown = now;
    }
    return this.#shown;
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
    this.#reject(new Closed("the live rows were closed"));
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
      if (status === "lost") this.#go(isFinal(error) ? "refused" : "lost", error);
      else if (status === "failed") this.#over(error);
      else if (status === "ended") this.#over(error ?? new Closed("unsubscribed"));
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
    if (action === "resync" || action === "dropped") return void this.#go("gap");
    if (action !== "create" && action !== "update" && action !== "delete") return;
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
    this.#resolve();
    if (!certain) this.#go("unplaced");
  }
  /** Handles an error of the rows: tries again later, unless the error is final. */
  #failed(error) {
    if (!isFinal(error)) return void this.#go("unread", error);
    const subscription = this.#leave();
    this.#go("refused", error);
    this.#reject(error);
    subscription?.unsubscribe().catch((error2) => subscription.report?.(error2));
  }
  /** Handles the end of the subscription. */
  #over(error) {
    this.#leave();
    const closed2 = error instanceof Closed;
    this.#go(closed2 ? "close" : isFinal(error) ? "refused" : "unsubscribed", error);
    if (closed2 || isFinal(error)) this.#reject(error);
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
    this.#deafen();
    const subscription = this.#subscription;
    this.#subscription = void 0;
    return subscription;
  }
  /** Enters the state that an event leads to, if there is one. An error is shown until the rows are live. */
  #go(event, error) {
    const before = this.#state;
    const state = LIVE[before][event];
    if (state === void 0) return;
    this.#state = state;
    this.#error = state === "live" ? void 0 : error ?? this.#error;
    this.#retry.stop();
    if (state !== "rereading" && (before === "reading" || before === "rereading")) this.#reading.abort(OVER);
    this.change();
    if (state === "reading") void this.#read();
    else if (state === "asking" && (event === "retry" || event === "reload" || event === "due")) this.#ask();
    else if (state === "waiting" || state === "pausing") {
      this.#retry.again(() => this.#go("due"), event === "unplaced" ? wait(COLLECT, 0) : void 0);
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
  /** Resolves when the rows have been read for the first time; rejects if they are refused, or closed before. */
  ready;
  #reject = () => void 0;
  /** @param release closes the view, if it is used by others, too, when the last one closes it. */
  constructor(options, release) {
    const view = options instanceof LiveView ? options : new LiveView(options);
    this.view = view;
    this.#release = release ?? (() => view.close());
    this.#stop = view.changes.add((snapshot) => this.#listeners.tell(snapshot));
    this.ready = new Promise((resolve, reject) => {
      this.#reject = reject;
      view.ready.then(resolve, reject);
    });
    this.ready.catch(() => void 0);
  }
  /**
   * Returns live rows that share their subscription and their rows with all others of the same key. The last one that
   * is closed ends both.
   */
  static shared({ views, backoff }, of, { signal } = {}, make2) {
    const name = JSON.stringify(of, inOrder);
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
    const close = () => void live.close().catch(() => void 0);
    if (signal?.aborted === true) close();
    else signal?.addEventListener("abort", close, { once: true });
    return live;
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
    this.#reject(new Closed("the live rows were closed"));
    inFrame(() => this.#listeners.tell(closed2))();
    await this.#release();
  }
};
function inOrder(_, value) {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1));
}

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
function words(error) {
  if (error instanceof ValidationError) return String(Object.values(error.fieldErrors)[0] ?? error.nonFieldErrors[0] ?? "This is not valid.");
  if (error instanceof NotAuthenticated) return "Your session has ended. Log in again.";
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
    if (status === "failed") showConnection(words(error));
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
  if (here.open?.id !== id || here.open === void 0 && id !== void 0) open2(id, room);
  else if (room !== void 0) title.textContent = room.name;
  chatPage.classList.toggle("in-room", id !== void 0);
  document.title = room === void 0 ? "Chat" : `${room.name} · Chat`;
  showRooms(here.rooms.rows);
}
function open2(id, room) {
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
