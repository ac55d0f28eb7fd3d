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
  #waiting = [];
  #lost = 0;
  #end;
  /** One value more. Beyond the limit the newest are left out, and counted in their place. */
  push(value) {
    if (this.#end !== void 0) return;
    const waiting = this.#waiting.shift();
    if (waiting !== void 0) return waiting.resolve({ done: false, value });
    if (this.#values.length >= this.limit) {
      this.#lost += 1;
    } else if (this.#lost === 0) {
      this.#values.push(value);
    } else {
      this.#values.push(this.overflow(this.#lost), value);
      this.#lost = 0;
    }
  }
  /** No value any more; with an error, it is thrown when what waits was read. */
  end(error) {
    if (this.#end !== void 0) return;
    this.#end = error === void 0 ? {} : { error };
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (error === void 0) resolve({ done: true, value: void 0 });
      else reject(error);
    }
  }
  next() {
    if (this.#values.length > 0) return Promise.resolve({ done: false, value: this.#values.shift() });
    if (this.#lost > 0) {
      const value = this.overflow(this.#lost);
      this.#lost = 0;
      return Promise.resolve({ done: false, value });
    }
    if (this.#end !== void 0) {
      const { error } = this.#end;
      this.#end = {};
      return error === void 0 ? Promise.resolve({ done: true, value: void 0 }) : Promise.reject(error);
    }
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }
  /** What a `break` out of the loop calls. */
  return() {
    this.#values.length = 0;
    this.#lost = 0;
    this.end();
    this.ended();
    return Promise.resolve({ done: true, value: void 0 });
  }
  [Symbol.asyncIterator]() {
    return this;
  }
};

// ../../../../generated/chat/client/src/core/errors.ts
var DcrfError = class extends Error {
  name = "DcrfError";
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
  /** What is wrong, by field. What is wrong with the whole stands under `non_field_errors`. */
  get fieldErrors() {
    const found = {};
    for (const error of this.errors) {
      if (isFieldErrors(error) && !Array.isArray(error)) Object.assign(found, error);
    }
    return found;
  }
  /** The sentences that concern no field. */
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
  constructor(message, code, sent = false) {
    super(message);
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
function errorOf(failure) {
  switch (failure.status) {
    case 400:
      return new ValidationError(failure);
    case 401:
      return new NotAuthenticated(failure);
    case 403:
      return new PermissionDenied(failure);
    case 404:
      return new NotFound(failure);
    default:
      return failure.status >= 500 ? new ServerError(failure) : new RequestError(failure);
  }
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

// ../../../../generated/chat/client/src/core/subscription.ts
var WAITING = 1024;
var Subscription = class {
  id;
  /** What asks for it, and what ends it. */
  call;
  end;
  answered;
  /** Done when it is live for the first time, or will never be. */
  settled;
  #ready;
  #resolve = () => void 0;
  #reject = () => void 0;
  #status = "lost";
  #error;
  #known = false;
  /** Whether somebody hears of a failure. */
  #heard = false;
  #actions;
  #events = new Listeners();
  #statuses = new Listeners();
  #inboxes = /* @__PURE__ */ new Set();
  /** What came before anybody listened, where there is no callback. */
  #early;
  #session;
  constructor(session, options) {
    this.#session = session;
    this.id = session.nextId();
    this.call = { ...options.call, id: this.id };
    this.end = { ...this.call, action: options.unsubscribe, args: options.endArgs };
    this.answered = options.answered;
    this.#actions = options.actions && /* @__PURE__ */ new Set([...options.actions, "resync", "dropped"]);
    this.#ready = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.settled = this.#ready.catch(() => void 0);
    if (options.callback === void 0) this.#early = this.#inbox();
    else this.#events.add(options.callback);
    session.subscribe(this, options.request);
  }
  get status() {
    return this.#status;
  }
  /** Why it failed. */
  get error() {
    return this.#error;
  }
  /** Done when it is live for the first time; fails if it does not come to that. */
  get ready() {
    this.#heard = true;
    return this.#ready;
  }
  /** Calls back whenever the status changes. */
  onStatus(listener) {
    this.#heard = true;
    return this.#statuses.add(listener);
  }
  /** Calls back with every event from now on. */
  onEvent(listener) {
    return this.#events.add(listener);
  }
  /** Ends it. No event is told from now on; done when the server has answered. */
  async unsubscribe(options = {}) {
    this.ended();
    await this.#session.unsubscribe(this, options);
  }
  /** The events, beginning with those that came before anybody listened. Leaving the loop unsubscribes. */
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
      this.unsubscribe().catch((error) => this.#session.errors.tell(error));
    });
    if (this.#status === "ended" || this.#status === "failed") inbox.end(this.#error);
    else this.#inboxes.add(inbox);
    return inbox;
  }
  // What follows is called by the session.
  get pending() {
    return this.#status === "pending";
  }
  get known() {
    return this.#known;
  }
  knows(action) {
    return this.#actions?.has(action) ?? true;
  }
  asked() {
    this.#set("pending");
  }
  live() {
    this.#set("live");
    this.#resolve();
    if (this.#known) this.told({ action: "resync", data: null });
    this.#known = true;
  }
  lost() {
    this.#set("lost");
  }
  told(event) {
    const told2 = event;
    this.#events.tell(told2);
    for (const inbox of this.#inboxes) inbox.push(told2);
  }
  failed(error) {
    this.#error = error;
    this.#over("failed", error);
    return this.#heard;
  }
  ended(error) {
    this.#over("ended", error);
  }
  #over(status, error) {
    if (this.#status === "failed" || this.#status === "ended") return;
    this.#set(status);
    this.#reject(error ?? new Closed("unsubscribed"));
    for (const inbox of this.#inboxes) inbox.end(error);
    this.#inboxes.clear();
  }
  #set(status) {
    if (this.#status === status || this.#status === "failed" || this.#status === "ended") return;
    this.#status = status;
    this.#statuses.tell(status);
  }
};

// ../../../../generated/chat/client/src/core/endpoint.ts
var Endpoint = class {
  constructor(session, stream) {
    this.session = session;
    this.stream = stream;
  }
  session;
  stream;
  /** Calls an action that changes something: it is sent once. */
  async call(action, args, options) {
    return await this.session.request(this.#call(action, args, false), options);
  }
  /** Calls an action that changes nothing: if the connection is lost meanwhile, it is sent again. */
  async read(action, args, options) {
    return await this.session.request(this.#call(action, args, true), options);
  }
  /** Calls an action that does not answer. Its refusal is told to the client's `onError`. */
  tell(action, args, options) {
    return this.session.tell(this.#call(action, args, false), options);
  }
  /** The pages of a list by `limit` and `offset`. */
  pages(args, options) {
    return this.#walk(args, options, (page) => {
      if (page === void 0) return {};
      const offset = page.offset + page.results.length;
      return page.results.length === 0 || offset >= page.count ? void 0 : { offset };
    });
  }
  /** The pages of a list by cursors. */
  cursorPages(args, options) {
    return this.#walk(args, options, (page) => {
      if (page === void 0) return {};
      return page.next === null ? void 0 : { cursor: page.next };
    });
  }
  /** The pages of a streamed list: one request, a frame for each. */
  streamedPages(args, options = {}) {
    const stop2 = new AbortController();
    const { signal, timeout } = options;
    const abort = () => stop2.abort(signal?.reason);
    signal?.addEventListener("abort", abort);
    const nothingIsLost = () => {
      throw new Error("unreachable: there is no limit");
    };
    const inbox = new Inbox(Infinity, nothingIsLost, () => stop2.abort());
    this.session.requestMany(this.#call("list", args, false), { signal: stop2.signal, timeout }, (data) => {
      const page = data;
      inbox.push(page);
      return page.results.length === 0 || page.offset + page.limit >= page.count;
    }).then(
      () => inbox.end(),
      (error) => inbox.end(error)
    ).finally(() => signal?.removeEventListener("abort", abort));
    return inbox;
  }
  /** Subscribes. */
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
  /** Calls back with the messages of this name that the application sends. */
  onEvent(name, listener) {
    return this.session.unasked.add(({ stream, action, data }) => {
      if (stream === this.stream && action === name) listener(data);
    });
  }
  /** Calls back with frames of the application's own shape. */
  onFrame(listener) {
    return this.session.unasked.add(({ stream, action, data }) => {
      if (stream === this.stream && action === void 0) listener(data);
    });
  }
  async *#walk(args, options, next) {
    let page;
    for (let more = next(void 0); more !== void 0; more = next(page)) {
      page = await this.read("list", { ...args, ...more }, options);
      yield page;
    }
  }
  #call(action, args, repeatable) {
    return { stream: this.stream, action, args, repeatable };
  }
};
async function gather(pages) {
  const rows = [];
  for await (const page of pages) rows.push(...page.results);
  return rows;
}

// ../../../../generated/chat/client/src/core/clock.ts
function wait(backoff, tries) {
  const longest = Math.min(backoff.max, backoff.min * backoff.factor ** tries);
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

// ../../../../generated/chat/client/src/core/protocol.ts
function encode(stream, action, id, args) {
  const payload = { action, request_id: id, ...args };
  return JSON.stringify(stream === void 0 ? payload : { stream, payload });
}
function decode(text2, multiplexed) {
  let value;
  try {
    value = JSON.parse(text2);
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

// ../../../../generated/chat/client/src/core/connection.ts
var AUTHENTICATE = "authenticate";
var Connection = class {
  constructor(options, events) {
    this.options = options;
    this.events = events;
  }
  options;
  events;
  #status = "idle";
  #socket;
  #tries = 0;
  #retry = new Timer();
  #limit = new Timer();
  #silence = new Timer();
  #statuses = new Listeners();
  #forget = () => void 0;
  /** The last time that it ended, and why it could not be opened, as far as that is known. */
  lastClose;
  lastError;
  get status() {
    return this.#status;
  }
  onStatus(listener) {
    return this.#statuses.add(listener);
  }
  /** Begins to connect, if that was not begun. */
  open() {
    if (this.#status !== "idle") return;
    this.#forget = onceOnline(() => {
      if (this.#status === "waiting") this.#connect();
    });
    this.#connect();
  }
  /** Sends a text; only while it is open. */
  send(text2) {
    this.#socket?.send(text2);
  }
  /** Ends it for good. */
  close(code = 1e3, reason = "") {
    if (this.#status === "closed") return;
    const open2 = this.#status === "open";
    const socket = this.#socket;
    this.#detach();
    this.#retry.clear();
    this.#forget();
    socket?.close(code, reason);
    this.#set("closed");
    if (open2) this.events.lost({ code, reason });
  }
  #connect() {
    this.#retry.clear();
    this.#set("connecting");
    void this.#address().then(
      (address2) => this.#dial(address2),
      (error) => this.#failed(error)
    );
  }
  async #address() {
    const token = await this.options.token?.();
    const url = await this.options.url();
    if (token === void 0 || this.options.tokenIn === "frame") return { url, token };
    const address2 = new URL(url);
    address2.searchParams.set("token", token);
    return { url: address2.href, token: void 0 };
  }
  #dial({ url, token }) {
    if (this.#status !== "connecting") return;
    let socket;
    try {
      socket = new this.options.WebSocket(url, this.options.protocols);
    } catch (error) {
      return this.#failed(error);
    }
    this.#socket = socket;
    this.#limit.set(this.options.connectTimeout, () => this.#drop("the handshake took too long"));
    socket.onopen = () => {
      if (token === void 0) return this.#opened();
      socket.send(encode(void 0, AUTHENTICATE, AUTHENTICATE, { token }));
    };
    socket.onmessage = ({ data }) => {
      if (typeof data !== "string") return;
      this.#alive();
      this.#tries = 0;
      if (this.#status === "open") this.events.received(data);
      else this.#authenticated(data);
    };
    socket.onclose = ({ code, reason }) => this.#ended({ code, reason });
    socket.onerror = () => void 0;
  }
  #authenticated(text2) {
    const { envelope } = { envelope: void 0, ...decode(text2, false) };
    if (envelope?.request_id !== AUTHENTICATE) return;
    if (envelope.response_status < 400) return this.#opened();
    const { action, errors, response_status: status } = envelope;
    this.lastError = new NotAuthenticated({ stream: "", action, status, errors });
    this.#drop("the token was refused");
  }
  #opened() {
    this.#limit.clear();
    this.lastError = void 0;
    this.#set("open");
    this.#alive();
    if (this.#status === "open") this.events.opened();
  }
  /** Something came. */
  #alive() {
    if (this.#status !== "open") return;
    const { heartbeat } = this.options;
    if (heartbeat === void 0) return;
    this.#silence.set(heartbeat.idle, () => {
      this.send(this.events.probe());
      this.#silence.set(heartbeat.timeout, () => this.#drop("the server was silent"));
    });
  }
  /** Ends a socket that does not end by itself. */
  #drop(reason) {
    const socket = this.#socket;
    this.#ended({ code: 1006, reason });
    socket?.close();
  }
  #failed(error) {
    this.lastError = error;
    this.#ended({ code: 1006, reason: error instanceof Error ? error.message : String(error) });
  }
  #ended(close) {
    if (this.#status === "closed") return;
    const open2 = this.#status === "open";
    this.#detach();
    this.lastClose = close;
    this.lastError ??= new DcrfError(`the connection was closed with ${close.code} ${close.reason}`.trimEnd());
    this.#retry.set(told(close) ?? wait(this.options.backoff, this.#tries), () => this.#connect());
    this.#tries += 1;
    this.#set("waiting");
    if (open2) this.events.lost(close);
  }
  /** Hears nothing more of the socket. */
  #detach() {
    this.#limit.clear();
    this.#silence.clear();
    const socket = this.#socket;
    this.#socket = void 0;
    if (socket === void 0) return;
    const nothing = () => void 0;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = nothing;
  }
  #set(status) {
    if (this.#status === status) return;
    this.#status = status;
    this.#statuses.tell(status);
  }
};
function told(close) {
  const wait2 = close.code === 1012 ? /retry in (\d{1,5}) ms/.exec(close.reason)?.[1] : void 0;
  return wait2 === void 0 ? void 0 : Number(wait2);
}
function onceOnline(then) {
  const target = globalThis;
  target.addEventListener?.("online", then);
  return () => target.removeEventListener?.("online", then);
}

// ../../../../generated/chat/client/src/core/session.ts
var Session = class {
  constructor(options) {
    this.options = options;
    this.#lastStream = options.stream;
    this.connection = new Connection(options.connection, {
      opened: () => this.#opened(),
      received: (text2) => this.#received(text2),
      lost: (close) => this.#lost(close),
      // No server has such an action. That it says so is the sign of life.
      probe: () => encode(this.#wire(this.#lastStream), HEARTBEAT, HEARTBEAT, {})
    });
  }
  options;
  connection;
  /** Events and frames of the application's own shape. */
  unasked = new Listeners();
  /** What failed with nobody to tell. */
  errors = new Listeners();
  /** In the order of the calls. */
  #pending = /* @__PURE__ */ new Map();
  #subscriptions = /* @__PURE__ */ new Map();
  #ids = 0;
  #lastStream;
  nextId() {
    this.#ids += 1;
    return String(this.#ids);
  }
  /** The `data` of the answer. */
  request(call, options = {}) {
    return this.#exchange(call, options, (data, resolve) => resolve(data));
  }
  /** An answer of many frames: `each` takes their `data` until it says that it was the last. */
  requestMany(call, options, each) {
    return this.#exchange(call, options, (data, resolve) => {
      if (each(data)) resolve();
    });
  }
  /** Sends a request that is not answered if it succeeds; done when it is on its way. */
  tell(call, options = {}) {
    return this.#exchange(call, options, "sent");
  }
  /** Keeps a subscription, on this connection and on those after it. */
  subscribe(subscription, options) {
    this.#subscriptions.set(subscription.id, subscription);
    const { signal, timeout = this.options.timeout } = options;
    const give = (error) => this.#giveUp(subscription, error);
    const timer = new Timer();
    timer.set(timeout, () => give(new TimedOut(`${describe(subscription.call)}: not live within ${timeout} ms`)));
    const abort = () => give(signal?.reason);
    signal?.addEventListener("abort", abort);
    const settled = () => {
      timer.clear();
      signal?.removeEventListener("abort", abort);
    };
    subscription.settled.then(settled);
    if (signal?.aborted === true) return abort();
    if (this.connection.status === "closed") return give(new Closed("the client is closed"));
    if (this.connection.status === "open") this.#ask(subscription, 0);
    else this.connection.open();
  }
  /** Ends a subscription; done when the server has answered. */
  async unsubscribe(subscription, options) {
    if (!this.#subscriptions.delete(subscription.id)) return;
    try {
      await this.#lift(subscription, options);
    } catch (error) {
      if (!(error instanceof Closed)) throw error;
    }
  }
  /** Ends everything. */
  close(code, reason) {
    this.connection.close(code, reason);
    const closed = new Closed("the client was closed", code);
    for (const pending of this.#all()) pending.fail(closed);
    this.#pending.clear();
    for (const subscription of [...this.#subscriptions.values()]) subscription.ended(closed);
    this.#subscriptions.clear();
  }
  #exchange(call, options, take) {
    const { signal, timeout = this.options.timeout } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      if (this.connection.status === "closed") return reject(new Closed("the client is closed"));
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
        text: encode(this.#wire(call.stream), call.action, id, call.args),
        sent: false,
        transmitted: () => take === "sent" ? done(void 0) : void 0,
        answer: (envelope) => {
          if (envelope.response_status >= 400) fail(failureOf(call, envelope));
          else if (take !== "sent") take(envelope.data, done);
        },
        fail
      };
      timer.set(timeout, () => fail(new TimedOut(`${describe(call)}: no answer within ${timeout} ms`)));
      signal?.addEventListener("abort", abort);
      this.#send(pending);
    });
  }
  /** Sends it, or keeps it until there is a connection. */
  #send(pending) {
    this.#pending.set(pending.id, [...this.#pending.get(pending.id) ?? [], pending]);
    if (this.connection.status === "open") return this.#transmit(pending);
    if (this.#waiting() > this.options.queue) {
      return pending.fail(new QueueFull(`${this.options.queue} requests wait for a connection`));
    }
    this.connection.open();
  }
  #transmit(pending) {
    pending.sent = true;
    this.connection.send(pending.text);
    pending.transmitted();
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
  #wire(stream) {
    return this.options.multiplexed ? stream : void 0;
  }
  #opened() {
    for (const subscription of [...this.#subscriptions.values()]) this.#ask(subscription, 0);
    for (const pending of this.#all()) {
      if (!pending.sent && this.connection.status === "open") this.#transmit(pending);
    }
  }
  /** Asks for a subscription on this connection. `tries`: how often that failed before. */
  #ask(subscription, tries) {
    const current = () => this.#subscriptions.get(subscription.id) === subscription;
    const options = subscription.known ? {} : { timeout: Infinity };
    subscription.asked();
    const asked = subscription.answered ? this.request(subscription.call, options) : this.tell(subscription.call, options);
    asked.then(
      () => {
        if (current()) subscription.live();
      },
      (error) => {
        if (!current()) return;
        if (error instanceof Closed) return;
        if (subscription.known && (error instanceof ServerError || error instanceof TimedOut)) {
          new Timer().set(wait(this.options.connection.backoff, tries), () => {
            if (current() && this.connection.status === "open") this.#ask(subscription, tries + 1);
          });
          return;
        }
        this.#giveUp(subscription, error);
      }
    );
  }
  /** Ends a subscription that came to nothing. */
  #giveUp(subscription, error) {
    this.#subscriptions.delete(subscription.id);
    const asked = subscription.pending;
    const heard = subscription.failed(error);
    if (!heard) this.errors.tell(error);
    if (asked && !(error instanceof RequestError)) this.#lift(subscription, {}).catch(() => void 0);
  }
  /** Tells the server that a subscription is over. One of a lost connection is not known to it. */
  async #lift(subscription, options) {
    if (this.connection.status !== "open") return;
    if (subscription.answered) await this.request(subscription.end, options);
    else await this.tell(subscription.end, options);
  }
  #received(text2) {
    let received;
    try {
      received = decode(text2, this.options.multiplexed);
    } catch (error) {
      return this.errors.tell(error);
    }
    const stream = received.stream ?? this.options.stream;
    if (received.stream !== void 0) this.#lastStream = received.stream;
    if (!("envelope" in received)) {
      return this.unasked.tell({ stream, action: void 0, data: received.frame });
    }
    const { envelope } = received;
    const id = typeof envelope.request_id === "string" ? envelope.request_id : void 0;
    const pending = id === void 0 ? void 0 : this.#pendingOf(id, envelope);
    if (pending !== void 0) return pending.answer(envelope);
    const subscription = id === void 0 ? void 0 : this.#subscriptions.get(id);
    if (subscription !== void 0 && this.#told(subscription, envelope)) return;
    if (envelope.response_status >= 400) {
      if (id !== HEARTBEAT) this.errors.tell(failureOf({ stream }, envelope));
      return;
    }
    const { action, data } = envelope;
    this.unasked.tell({ stream, action: typeof action === "string" ? action : void 0, data });
  }
  /** The request that an answer belongs to. An event has the id of its subscription, and another action. */
  #pendingOf(id, envelope) {
    const siblings = this.#pending.get(id);
    const own = siblings?.find((pending) => pending.sent && pending.call.action === envelope.action);
    if (own !== void 0 || envelope.response_status < 400) return own;
    return siblings?.find((pending) => pending.sent);
  }
  /** Whether an envelope was a subscription's. */
  #told(subscription, envelope) {
    if (envelope.response_status >= 400) {
      this.#giveUp(subscription, failureOf(subscription.call, envelope));
      return true;
    }
    const { action, data } = envelope;
    if (typeof action !== "string" || !subscription.knows(action)) return false;
    subscription.told({ action, data });
    return true;
  }
  #lost(close) {
    for (const pending of this.#all()) {
      if (!pending.sent) continue;
      if (pending.call.repeatable) pending.sent = false;
      else pending.fail(new Closed(`the connection was lost before the answer (${close.code})`, close.code, true));
    }
    for (const subscription of this.#subscriptions.values()) subscription.lost();
  }
};
var HEARTBEAT = "heartbeat";
function describe(call) {
  return `${call.stream} ${call.action}`;
}
function failureOf(call, envelope) {
  const { action, errors, response_status: status } = envelope;
  return errorOf({ stream: call.stream, action, status, errors });
}

// ../../../../generated/chat/client/src/core/client.ts
var Client = class {
  #sessions;
  #endpoints = /* @__PURE__ */ new Map();
  #statuses = new Listeners();
  #errors = new Listeners();
  /** @param paths the streams of the server, each with its own path. */
  constructor(options, paths) {
    const streams = Object.keys(paths);
    const shared = (options.sockets ?? "shared") === "shared";
    const sessions = [];
    if (shared) {
      const session = open(options, options.path ?? "/ws/", streams[0] ?? "", true);
      sessions.push(session);
      for (const stream of streams) this.#endpoints.set(stream, new Endpoint(session, stream));
    } else {
      for (const [stream, path] of Object.entries(paths)) {
        const session = open(options, path, stream, false);
        sessions.push(session);
        this.#endpoints.set(stream, new Endpoint(session, stream));
      }
    }
    this.#sessions = sessions;
    let status = this.status;
    for (const session of sessions) {
      session.errors.add((error) => this.#errors.tell(error));
      session.connection.onStatus(() => {
        if (status === this.status) return;
        status = this.status;
        this.#statuses.tell(status);
      });
    }
  }
  /** The status of the connection; of several, that of the one which is worst off among those in use. */
  get status() {
    const statuses = this.#sessions.map((session) => session.connection.status);
    const order = ["waiting", "connecting", "open", "closed"];
    return order.find((status) => statuses.includes(status)) ?? "idle";
  }
  /** How the connection ended the last time. */
  get lastClose() {
    return this.#sessions.find((session) => session.connection.lastClose)?.connection.lastClose;
  }
  /** Why there is no connection, as far as that is known: a browser does not say why a handshake failed. */
  get lastError() {
    return this.#sessions.find((session) => session.connection.lastError)?.connection.lastError;
  }
  /** Calls back whenever the status changes. */
  onStatus(listener) {
    return this.#statuses.add(listener);
  }
  /** Calls back with what failed and had nobody else to be told to: a refusal of what is not answered, a bad frame. */
  onError(listener) {
    return this.#errors.add(listener);
  }
  /** Connects now; else the first request does. */
  connect() {
    for (const session of this.#sessions) session.connection.open();
  }
  /** Ends all connections for good. What waits fails with `Closed`. */
  close(code, reason) {
    for (const session of this.#sessions) session.close(code, reason);
  }
  /** Follows a link: sends its frame, and gives the answer. */
  async follow(link, options) {
    const { action, ...args } = link.payload;
    return this.endpoint(link.stream).call(action, args, options);
  }
  /** A consumer by its stream, to call what this client was not generated for. */
  endpoint(stream) {
    const endpoint = this.#endpoints.get(stream);
    if (endpoint === void 0) throw new DcrfError(`there is no stream ${JSON.stringify(stream)}`);
    return endpoint;
  }
};
function open(options, path, stream, multiplexed) {
  const { heartbeat = {} } = options;
  const { token } = options;
  return new Session({
    connection: {
      url: () => address(options.url, path),
      WebSocket: options.WebSocket ?? builtIn(),
      protocols: [...options.protocols ?? []],
      token: token === void 0 ? void 0 : async () => await token() ?? void 0,
      tokenIn: options.tokenIn ?? "query",
      connectTimeout: options.connectTimeout ?? 1e4,
      backoff: { min: 500, max: 3e4, factor: 2, jitter: 0.5, ...options.backoff },
      heartbeat: heartbeat === false ? void 0 : { idle: 3e4, timeout: 1e4, ...heartbeat }
    },
    multiplexed,
    stream,
    timeout: options.timeout ?? 3e4,
    queue: options.queue ?? 256
  });
}
function builtIn() {
  const { WebSocket } = globalThis;
  return WebSocket ?? Missing;
}
var Missing = class {
  onopen;
  onmessage;
  onclose;
  onerror;
  constructor() {
    throw new DcrfError("there is no global WebSocket: pass one, such as that of the package `ws`");
  }
  send() {
  }
  close() {
  }
};
async function address(base, path) {
  const given = typeof base === "function" ? await base() : base;
  const { location } = globalThis;
  const origin = given ?? location?.origin;
  if (origin === void 0) throw new DcrfError("there is no page: say where the server is (`url`)");
  const url = new URL(origin);
  url.protocol = url.protocol.replace("http", "ws");
  url.pathname = url.pathname.replace(/\/+$/, "") + path;
  return url.href;
}

// ../../../../generated/chat/client/src/core/live.ts
var Live = class {
  #snapshot = { rows: [], status: "loading", error: void 0 };
  #listeners = new Listeners();
  #subscription;
  /** What came while the rows are being read. */
  #meanwhile;
  #again = false;
  #stops = [];
  /** Done when the rows were read for the first time; fails if they cannot be. */
  ready;
  #resolve = () => void 0;
  #reject = () => void 0;
  #options;
  constructor(options) {
    this.#options = options;
    this.ready = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.ready.catch(() => void 0);
    this.#subscription = options.subscribe((event) => this.#told(event));
    this.#stops.push(
      this.#subscription.onStatus((status) => {
        if (status === "lost" && this.#snapshot.status === "live") this.#show({ status: "stale" });
        if (status === "failed") this.#failed(this.#subscription.error);
      })
    );
    this.#subscription.ready.then(
      () => this.#load(),
      (error) => this.#failed(error)
    );
  }
  get rows() {
    return this.#snapshot.rows;
  }
  get status() {
    return this.#snapshot.status;
  }
  /** What is shown now; the same object until something changes. */
  snapshot = () => this.#snapshot;
  /** Calls back whenever something changes. */
  subscribe = (listener) => this.#listeners.add(listener);
  /** Reads the rows again. */
  reload() {
    if (this.#over()) return;
    if (this.#meanwhile === void 0) void this.#load();
    else this.#again = true;
  }
  /** Ends it. The rows stay as they are. */
  async close() {
    if (this.#snapshot.status === "closed") return;
    this.#show({ status: "closed" });
    for (const stop2 of this.#stops) stop2();
    await this.#subscription.unsubscribe();
  }
  #over() {
    return this.#snapshot.status === "closed" || this.#snapshot.status === "failed";
  }
  #told(event) {
    if (event.action === "resync" || event.action === "dropped") {
      if (this.#snapshot.status === "live") this.#show({ status: "stale" });
      return this.reload();
    }
    if (this.#meanwhile === void 0) this.#show({ rows: this.#changed(this.rows, [event]) });
    else this.#meanwhile.push(event);
  }
  async #load() {
    this.#meanwhile = [];
    this.#again = false;
    try {
      const rows = await this.#options.load();
      const meanwhile = this.#meanwhile;
      this.#meanwhile = void 0;
      if (this.#over()) return;
      if (this.#again) return void this.#load();
      this.#show({ rows: this.#changed(rows, meanwhile), status: "live" });
      this.#resolve();
    } catch (error) {
      this.#meanwhile = void 0;
      if (this.#again && !this.#over()) return void this.#load();
      this.#failed(error);
    }
  }
  #failed(error) {
    if (this.#over()) return;
    this.#show({ status: "failed", error });
    this.#reject(error);
    this.#subscription.unsubscribe().catch(() => void 0);
  }
  /** The rows after some events. */
  #changed(rows, events) {
    const { key, compare: compare2 } = this.#options;
    const byKey = new Map(rows.map((row) => [key(row), row]));
    for (const event of events) {
      if (event.action === "delete") {
        const { data } = event;
        byKey.delete(isDeleted(data) ? data.pk : key(data));
      } else if (event.action === "create" || event.action === "update") {
        byKey.set(key(event.data), event.data);
      }
    }
    const changed = [...byKey.values()];
    return compare2 === void 0 || events.length === 0 ? changed : changed.sort(compare2);
  }
  #show(change) {
    this.#snapshot = { ...this.#snapshot, ...change };
    this.#listeners.tell(this.#snapshot);
  }
};
function isDeleted(data) {
  return typeof data === "object" && data !== null && "pk" in data && Object.keys(data).length === 1;
}
function orderOf(fields) {
  const terms = fields.map((field2) => ({ name: field2.replace(/^-/, ""), sign: field2.startsWith("-") ? -1 : 1 }));
  return (a, b) => {
    for (const { name, sign } of terms) {
      const difference = compare(a[name], b[name]);
      if (difference !== 0) return sign * difference;
    }
    return 0;
  };
}
function compare(a, b) {
  if (a === b) return 0;
  if (a === null || a === void 0) return -1;
  if (b === null || b === void 0) return 1;
  if (typeof a === "string" && typeof b === "string") return compareTexts(a, b);
  return a < b ? -1 : 1;
}
function compareTexts(a, b) {
  const [left, right] = [[...a], [...b]];
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const difference = (left[index]?.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

// ../../../../generated/chat/client/src/consumers/room.ts
var RoomConsumer = class {
  #at;
  constructor(endpoint) {
    this.#at = endpoint;
  }
  /** All rows. */
  list(options) {
    return this.#at.read("list", {}, options);
  }
  /** One row. */
  retrieve(pk, options) {
    return this.#at.read("retrieve", { pk }, options);
  }
  /** Makes a row, and gives it as it was stored. */
  create(data, options) {
    return this.#at.call("create", { data }, options);
  }
  /** Hears of the changes of one row. */
  subscribe(pk, callback, options) {
    const to = {
      subscribe: "subscribe_instance",
      unsubscribe: "unsubscribe_instance",
      events: ["update", "delete"],
      args: { pk }
    };
    return this.#at.subscribe(to, callback, options);
  }
  /** Enters a room: from now on one is told who is in it. */
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
  /** Tells of rooms: new ones, and who comes and goes. */
  roomActivity(callback, options) {
    const to = {
      subscribe: "subscribe_to_room_activity",
      unsubscribe: "unsubscribe_from_room_activity",
      events: ["create", "update", "delete"],
      args: {}
    };
    return this.#at.subscribe(to, callback, options);
  }
  /** Who is in a room now. */
  onUpdateUsers(listener) {
    return this.#at.onEvent("update_users", listener);
  }
  /** Calls back with every frame of the application's own shape. */
  onFrame(listener) {
    return this.#at.onFrame(listener);
  }
  /** Rows that stay up to date, until `close`: all of them, or the one of a key. */
  live(pk) {
    if (pk !== void 0) return this.liveRow(pk);
    return new Live({
      subscribe: (callback) => this.roomActivity(callback),
      load: () => this.list(),
      key: (row) => row.id,
      compare: orderOf(["name", "id"])
    });
  }
  /** One row that stays up to date, until `close`; none when it is gone. */
  liveRow(pk) {
    return new Live({
      subscribe: (callback) => this.subscribe(pk, callback),
      load: async () => [await this.retrieve(pk)],
      key: (row) => row.id
    });
  }
};

// ../../../../generated/chat/client/src/consumers/message.ts
var MessageConsumer = class {
  #at;
  constructor(endpoint) {
    this.#at = endpoint;
  }
  /** The pages, each asked for when the one before was read. */
  pages(query = {}, options) {
    return this.#at.cursorPages({ ...query }, options);
  }
  /** One page. */
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
async function me() {
  const response = await fetch("/me");
  return response.ok ? await response.json() : void 0;
}
async function login(username, password) {
  const response = await fetch("/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password })
  });
  if (!response.ok) throw new Error(await response.text() || "The login failed.");
  return await response.json();
}
async function logout() {
  await fetch("/logout", { method: "POST" });
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
      place.textContent = error instanceof Error ? error.message : String(error);
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
var scroll = byId("scroll");
var earlier = byId("earlier");
var people = byId("people");
var OpenRoom = class {
  id;
  #client;
  #me;
  #live;
  #stops = [];
  /** The first message that is shown. What is older was not asked for yet. */
  #oldest;
  #shown = /* @__PURE__ */ new Map();
  constructor(client, me2, room) {
    this.id = room.id;
    this.#client = client;
    this.#me = me2;
    messages.replaceChildren();
    earlier.hidden = true;
    showPeople(room.current_users);
    this.#live = new Live({
      subscribe: (callback) => client.rooms.messageActivity({ room: room.id }, callback),
      load: () => this.#load(),
      key: (message) => message.id,
      compare: orderOf(["id"])
    });
    const enter2 = () => {
      client.rooms.joinRoom(room.id).catch((error) => {
        if (!(error instanceof Closed)) console.warn("the room could not be entered", error);
      });
    };
    const more = () => void this.#more();
    earlier.addEventListener("click", more);
    this.#stops.push(
      this.#live.subscribe(({ rows }) => this.#show(rows)),
      client.rooms.onUpdateUsers(({ room: id, users }) => {
        if (id === this.id) showPeople(users);
      }),
      // A new connection is in no room.
      client.onStatus((status) => {
        if (status === "open") enter2();
      }),
      () => earlier.removeEventListener("click", more)
    );
    enter2();
  }
  /** Says something. */
  async say(message) {
    try {
      await this.#client.rooms.createMessage(this.id, { message }, { timeout: 15e3 });
    } catch (error) {
      if (error instanceof Closed && error.sent) throw new Error("The connection was lost. Was it sent? Look above.");
      if (error instanceof Closed || error instanceof TimedOut) throw new Error("There is no connection. Try again.");
      throw error;
    }
  }
  /** Leaves it. */
  leave() {
    for (const stop2 of this.#stops) stop2();
    this.#live.close().catch(() => void 0);
    this.#client.rooms.leaveRoom(this.id).catch(() => void 0);
  }
  /** The newest page; afterwards whatever is as new as what is shown already. */
  async #load() {
    const room = this.id;
    if (this.#oldest !== void 0) {
      const filter = { room, id__gte: this.#oldest };
      return (await gather(this.#client.messages.pages({ filter, limit: 200 }))).reverse();
    }
    const page = await this.#client.messages.list({ filter: { room }, limit: PAGE });
    earlier.hidden = page.next === null;
    const rows = page.results.reverse();
    this.#oldest = rows[0]?.id ?? 0;
    return rows;
  }
  /** Shows one page more of what was said before. */
  async #more() {
    const filter = { room: this.id, id__lt: this.#oldest ?? 0 };
    const page = await this.#client.messages.list({ filter, limit: PAGE });
    earlier.hidden = page.next === null;
    this.#oldest = page.results.at(-1)?.id ?? this.#oldest;
    this.#live.reload();
  }
  #show(rows) {
    const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
    const before = scroll.scrollHeight;
    const kept = /* @__PURE__ */ new Map();
    const fresh = this.#shown.size > 0 && rows[0] !== void 0 && !this.#shown.has(rows[0].id);
    for (const row of rows) kept.set(row.id, this.#shown.get(row.id) ?? this.#item(row));
    this.#shown.forEach((item, id) => {
      if (!kept.has(id)) item.remove();
    });
    let at = messages.firstElementChild;
    for (const item of kept.values()) {
      if (item === at) at = at.nextElementSibling;
      else messages.insertBefore(item, at);
    }
    this.#shown = kept;
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
function showPeople(users) {
  people.replaceChildren(...users.map((user2) => make("li", user2.username)));
}

// src/main.ts
var REVOKED = 4401;
var loginPage = byId("login");
var chatPage = byId("chat");
var roomList = byId("rooms");
var connection = byId("connection");
var main = byId("room");
var say = byId("say");
var input = byId("message");
var here;
function start(user2) {
  const client = new ChatClient({ backoff: { min: 250, max: 5e3 } });
  const rooms = client.rooms.live();
  here = { me: user2, client, rooms, open: void 0 };
  byId("me").textContent = user2.username;
  loginPage.hidden = true;
  chatPage.hidden = false;
  rooms.subscribe(({ rows, status, error }) => {
    showRooms(rows);
    if (status === "failed") connection.replaceChildren(make("span", String(error)));
  });
  client.onStatus((status) => showStatus(client, status));
}
function stop() {
  here?.client.close();
  here = void 0;
  chatPage.hidden = true;
  chatPage.classList.remove("in-room");
  loginPage.hidden = false;
  byId("room-title").textContent = "Choose a room";
  byId("messages").replaceChildren();
  byId("people").replaceChildren();
  say.hidden = true;
  loginPage.querySelector("input")?.focus();
}
function showStatus(client, status) {
  if (status === "waiting" && client.lastClose?.code === REVOKED) return stop();
  const away = status === "waiting" || status === "connecting" && client.lastClose !== void 0;
  if (away && connection.childElementCount > 0) return;
  connection.replaceChildren(...away ? [make("span", "Reconnecting…")] : []);
}
function showRooms(rows) {
  const focused = document.activeElement?.getAttribute("data-room");
  const items = rows.map((room) => {
    const count = room.current_users.length;
    const label = count === 1 ? "1 here" : `${count} here`;
    const button = make("button", [make("span", room.name), make("span", label, { className: "count" })]);
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
  if (here === void 0) return;
  chatPage.classList.add("in-room");
  if (here.open?.id !== room.id) {
    here.open?.leave();
    here.open = new OpenRoom(here.client, here.me, room);
    byId("room-title").textContent = room.name;
    say.hidden = false;
  }
  showRooms(here.rooms.rows);
  input.focus();
}
onSubmit(byId("login-form"), async (data) => {
  const user2 = await login(field(data, "username"), field(data, "password"));
  byId("login-form").reset();
  start(user2);
});
onSubmit(byId("new-room"), async (data) => {
  if (here === void 0) return;
  try {
    const room = await here.client.rooms.create({ name: field(data, "name"), host: here.me.id });
    byId("new-room").reset();
    enter(room);
  } catch (error) {
    if (error instanceof ValidationError) throw new Error(String(Object.values(error.fieldErrors)[0] ?? error.message));
    throw error;
  }
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
  chatPage.classList.remove("in-room");
  roomList.querySelector("[aria-current]")?.focus();
});
byId("logout").addEventListener("click", () => {
  void logout().finally(stop);
});
var user = await me();
if (user === void 0) stop();
else start(user);
main.setAttribute("data-ready", "");
