// ../../../../generated/chat/client/src/core/clock.ts
var BACKOFF = { min: 500, max: 3e4, factor: 2, jitter: 0.5 };
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
  /** Adds a value. Beyond the limit the newest values are left out, and counted in their place. */
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
  /** Ends the iterator. An error is thrown after the values that wait have been read. */
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
  /** Ends the iterator; a `break` out of the loop calls this. */
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
var FINAL = [400, 401, 403, 404];
function isFinal(error) {
  return error instanceof CannotConnect || error instanceof RequestError && FINAL.includes(error.status);
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
var ROWS = ["create", "update", "delete"];
var Subscription = class {
  id;
  /** The calls that subscribe and unsubscribe. */
  call;
  end;
  answered;
  /** Resolves when the subscription is live for the first time, or will never be. */
  settled;
  #ready;
  #resolve = () => void 0;
  #reject = () => void 0;
  #status = "lost";
  #error;
  #known = false;
  /** Whether the caller learns of a failure: by `ready`, a listener of the status or an iterator. */
  #heard = false;
  #actions;
  #events = new Listeners();
  #statuses = new Listeners();
  #inboxes = /* @__PURE__ */ new Set();
  /** The events that arrived before the first listener, if there is no callback. */
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
  /** Ends the subscription. No event is delivered from now on; the promise resolves when the server has answered. */
  async unsubscribe(options = {}) {
    this.ended();
    await this.#session.unsubscribe(this, options);
  }
  /** Asks the server for the subscription once more, under the same id, and returns the `data` of the answer. */
  again(options) {
    return this.#session.request(this.call, options);
  }
  /** Connects now, if the subscription waits for a connection. */
  retry() {
    if (this.#status === "lost") this.#session.connection.open();
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
    if (this.#status === "ended" || this.#status === "failed") inbox.end(this.#error);
    else this.#inboxes.add(inbox);
    return inbox;
  }
  // The session calls the following members.
  get asked() {
    return this.#status === "pending" || this.#status === "live";
  }
  get known() {
    return this.#known;
  }
  knows(action) {
    return this.#actions?.has(action) ?? true;
  }
  ask() {
    this.#set("pending");
  }
  live() {
    this.#set("live");
    if (this.#status !== "live") return;
    this.#resolve();
    if (this.#known) this.told({ action: "resync", data: null });
    this.#known = true;
  }
  lost(error) {
    this.#set("lost", error);
  }
  told(event) {
    const { action, data } = event;
    const isRow = typeof data === "object" && data !== null && !Array.isArray(data);
    if (this.#actions !== void 0 && ROWS.includes(action) && !isRow) {
      this.report(new ProtocolError(`${this.call.stream} ${this.call.action}: an event \`${action}\` without a row`));
      return this.told({ action: "resync", data: null });
    }
    const told2 = event;
    this.#events.tell(told2);
    for (const inbox of this.#inboxes) inbox.push(told2);
  }
  failed(error) {
    this.#over("failed", error);
    return this.#heard;
  }
  ended(error) {
    this.#over("ended", error);
  }
  #over(status, error) {
    if (this.#status === "failed" || this.#status === "ended") return;
    this.#set(status, error);
    this.#reject(error ?? new Closed("unsubscribed"));
    for (const inbox of this.#inboxes) inbox.end(error);
    this.#inboxes.clear();
  }
  #set(status, error) {
    const same = this.#status === status && this.#error === error;
    if (same || this.#status === "failed" || this.#status === "ended") return;
    this.#status = status;
    this.#error = error;
    this.#statuses.tell(status);
  }
};

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
  /** Returns the pages of a list, by `limit` and `offset`. */
  pages(args, options) {
    return this.#walk(args, options, (page) => {
      if (page === void 0) return {};
      const offset = page.offset + page.results.length;
      return page.results.length === 0 || offset >= page.count ? void 0 : { offset };
    });
  }
  /** Returns the pages of a list, by cursors. */
  cursorPages(args, options) {
    return this.#walk(args, options, (page) => {
      if (page === void 0) return {};
      return page.next === null ? void 0 : { cursor: page.next };
    });
  }
  /** Returns the pages of a streamed list: one request is answered with one frame for each page. */
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
  #status = "idle";
  #socket;
  /** The number of the current try. Results of earlier tries are ignored. */
  #try = 0;
  /** Whether the server has accepted something on this socket: the token, or a frame that it answered. */
  #accepted = false;
  /** The error that the socket reported before it closed. */
  #cause;
  #retry;
  #limit = new Timer();
  #silence = new Timer();
  #statuses = new Listeners();
  #forget = () => void 0;
  /** The last end of the connection, and the reason why it could not be opened, as far as they are known. */
  lastClose;
  lastError;
  get status() {
    return this.#status;
  }
  onStatus(listener) {
    return this.#statuses.add(listener);
  }
  /** Connects if the connection has not been used yet. */
  need() {
    if (this.#status === "idle") this.open();
  }
  /** Connects now, unless it is open or connecting. It ends a wait, and tries again after a refusal. */
  open() {
    const status = this.#status;
    if (status === "idle") {
      this.#forget = onceOnline(() => {
        if (this.#status === "waiting") this.#connect();
      });
    }
    if (status === "idle" || status === "waiting" || status === "refused") this.#connect();
  }
  /** Closes the current socket, if there is one, and connects again. */
  reopen() {
    if (this.#status === "open" || this.#status === "connecting") {
      this.#leave("waiting", { code: 1e3, reason: "connecting anew" });
    }
    this.open();
  }
  /** Sends a text. The connection has to be open. */
  send(text2) {
    this.#socket?.send(text2);
  }
  /** Closes the connection for good. */
  close(code = 1e3, reason = "") {
    if (this.#status === "closed") return;
    this.#retry.stop();
    this.#forget();
    this.#leave("closed", { code, reason });
  }
  /** Closes the socket and enters another state. */
  #leave(next, close) {
    const open2 = this.#status === "open";
    const socket = this.#socket;
    if (this.#accepted) this.#retry.accepted();
    this.#detach();
    socket?.close(close.code, close.reason);
    this.#set(next);
    if (open2) this.events.lost(close);
  }
  #connect() {
    this.#retry.stop();
    this.#accepted = false;
    this.#cause = void 0;
    this.#try += 1;
    const number = this.#try;
    const { connectTimeout } = this.options;
    this.#limit.set(connectTimeout, () => {
      if (this.#socket !== void 0) return this.#drop("the handshake took too long");
      this.#failed(new TimedOut(`neither URL nor token were there within ${connectTimeout} ms`));
    });
    this.#set("connecting");
    if (number !== this.#try) return;
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
    try {
      socket = new this.options.WebSocket(url, protocols);
    } catch (error) {
      const known = error instanceof CannotConnect;
      return this.#failed(known ? error : new CannotConnect(`no socket to ${url}: ${String(error)}`, { cause: error }));
    }
    this.#socket = socket;
    socket.onopen = () => {
      if (token === void 0) return this.#opened();
      socket.send(encode(void 0, AUTHENTICATE, AUTHENTICATE, { token }));
    };
    socket.onmessage = ({ data }) => {
      if (typeof data !== "string") {
        return this.events.failed(new ProtocolError("the server sent a frame that is not text"));
      }
      this.#alive();
      if (this.#status !== "open") return this.#authenticated(data);
      this.#accepted = true;
      this.events.received(data);
    };
    socket.onclose = ({ code, reason }) => this.#ended({ code, reason });
    socket.onerror = (event) => {
      this.#cause = event?.error;
    };
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
      return this.#opened();
    }
    const error = errorOf({ stream: "", action, status, errors });
    this.#drop("the token was refused", error);
    this.events.failed(error);
  }
  #opened() {
    this.#limit.clear();
    this.lastError = void 0;
    this.#set("open");
    this.#alive();
    if (this.#status === "open") this.events.opened();
  }
  /** Starts the time of silence again, after a frame was received. */
  #alive() {
    if (this.#status !== "open") return;
    const { heartbeat } = this.options;
    if (heartbeat === void 0) return;
    this.#silence.set(heartbeat.idle, () => {
      this.send(this.events.probe());
      this.#silence.set(heartbeat.timeout, () => this.#drop("the server was silent"));
    });
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
    if (!(error instanceof CannotConnect)) this.events.failed(error);
  }
  #ended(close, error) {
    const open2 = this.#status === "open";
    this.#detach();
    const refusal = error instanceof CannotConnect ? error : this.#refusal(close);
    const message = `the connection was closed with ${close.code} ${close.reason}`.trimEnd();
    this.lastClose = close;
    this.lastError = refusal ?? error ?? new DcrfError(message, { cause: this.#cause });
    if (refusal === void 0) {
      if (this.#accepted && !OBJECTIONS.includes(close.code)) this.#retry.accepted();
      this.#retry.again(() => this.#connect(), told(close));
    }
    const status = refusal === void 0 ? "waiting" : "refused";
    this.#status = status;
    if (open2) this.events.lost(close);
    if (refusal !== void 0 && this.#status === status) this.events.refused(refusal);
    if (this.#status === status) this.#statuses.tell(status);
  }
  /**
   * Returns why the server refuses this client, unless the next try may differ: after a 401 it can have a new token.
   */
  #refusal({ code, reason }) {
    const status = REFUSALS[code];
    if (status === void 0 || status === 401 && this.options.token !== void 0) return void 0;
    return errorOf({ stream: "", action: "connect", status, errors: reason === "" ? [] : [reason] });
  }
  /** Removes the socket, and ignores its further events. */
  #detach() {
    this.#try += 1;
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
        text: encode(this.wire(call.stream), call.action, id, call.args),
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
    const cause = sent ? void 0 : this.connection.lastError;
    return new TimedOut(`${call.stream} ${call.action}: no answer within ${timeout} ms`, { cause });
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
      else pending.fail(new Closed(`the connection was lost before the answer (${close.code})`, close.code, true));
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
      return pending.fail(new QueueFull(`${this.options.queue} requests wait for a connection`));
    }
    this.connection.need();
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
};
function failureOf(call, envelope) {
  const { action, errors, response_status: status } = envelope;
  return errorOf({ stream: call.stream, action, status, errors });
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
      failed: (error) => this.errors.tell(error),
      refused: (error) => this.#refused(error),
      // No server has such an action. Its error answer shows that the connection is alive.
      probe: () => encode(this.#requests.wire(this.#lastStream), HEARTBEAT, HEARTBEAT, {})
    });
    this.#requests = new Requests(this.connection, options);
  }
  options;
  connection;
  /** The events and frames in the application's own format. */
  unasked = new Listeners();
  /** The errors that no call returns. */
  errors = new Listeners();
  #requests;
  #kept = /* @__PURE__ */ new Map();
  #lastStream;
  nextId() {
    return this.#requests.nextId();
  }
  /** Sends a request and returns the `data` of its answer. */
  request(call, options = {}) {
    return this.#requests.exchange(call, options, (data, resolve) => resolve(data));
  }
  /**
   * Sends a request that is answered with many frames: `each` receives their `data` until it returns true for the last
   * one.
   */
  requestMany(call, options, each) {
    return this.#requests.exchange(call, options, (data, resolve) => {
      if (each(data)) resolve();
    });
  }
  /** Sends a request that is not answered if it succeeds; resolves when it was sent. */
  tell(call, options = {}) {
    return this.#requests.exchange(call, options, "sent");
  }
  /** Keeps a subscription, on this connection and the following ones. */
  subscribe(subscription, options) {
    const { signal, timeout = this.options.timeout } = options;
    const { connection: connection2 } = this;
    if (signal?.aborted === true) return subscription.ended(signal.reason);
    if (connection2.status === "closed") return subscription.ended(new Closed("the client is closed"));
    const timer = new Timer();
    const abort = () => this.#abort(kept, signal?.reason);
    const retry = new Retry(this.options.connection.backoff);
    const release = () => {
      timer.clear();
      retry.stop();
      signal?.removeEventListener("abort", abort);
    };
    const kept = { subscription, patient: timeout === Infinity, there: false, retry, release };
    this.#kept.set(subscription.id, kept);
    timer.set(timeout, () => this.#giveUp(kept, this.#requests.late(subscription.call, timeout, kept.there)));
    void subscription.settled.then(() => timer.clear());
    signal?.addEventListener("abort", abort);
    if (connection2.status === "open") this.#ask(kept);
    else if (connection2.status === "refused") queueMicrotask(() => this.#shutOut(kept, connection2.lastError));
    else connection2.need();
  }
  /** Ends a subscription; resolves when the server has answered. */
  async unsubscribe(subscription, options) {
    const kept = this.#kept.get(subscription.id);
    if (kept === void 0) return;
    this.#release(kept);
    try {
      await this.#lift(kept, options);
    } catch (error) {
      if (!(error instanceof Closed)) throw error;
    }
  }
  /** Closes the connection, and ends all requests and subscriptions. */
  close(code, reason) {
    this.connection.close(code, reason);
    const closed = new Closed("the client was closed", code);
    this.#requests.fail(closed);
    for (const kept of [...this.#kept.values()]) {
      this.#release(kept);
      kept.subscription.ended(closed);
    }
  }
  #opened() {
    for (const kept of [...this.#kept.values()]) this.#ask(kept);
    this.#requests.opened();
  }
  #lost(close) {
    this.#requests.lost(close);
    for (const kept of [...this.#kept.values()]) {
      kept.retry.stop();
      kept.there = false;
      kept.subscription.lost();
    }
  }
  /** Fails what waits for a connection, because there are no further tries. */
  #refused(error) {
    this.errors.tell(error);
    this.#requests.fail(error);
    for (const kept of [...this.#kept.values()]) this.#shutOut(kept, error);
  }
  /** Handles a refused connection for one subscription. One that was live before is kept for the next connection. */
  #shutOut(kept, error) {
    if (!this.#has(kept)) return;
    const { subscription, patient } = kept;
    if (patient || subscription.known) return subscription.lost(error);
    this.#release(kept);
    subscription.failed(error);
  }
  #has(kept) {
    return this.#kept.get(kept.subscription.id) === kept;
  }
  #release(kept) {
    this.#kept.delete(kept.subscription.id);
    kept.release();
  }
  /** Subscribes on this connection. */
  #ask(kept) {
    const { subscription, patient, retry } = kept;
    if (!this.#has(kept) || this.connection.status !== "open") return;
    const again = patient || subscription.known;
    const options = again ? {} : { timeout: Infinity };
    subscription.ask();
    if (!this.#has(kept) || this.connection.status !== "open") return;
    kept.there = true;
    const asked = subscription.answered ? this.request(subscription.call, options) : this.tell(subscription.call, options);
    asked.then(
      () => {
        if (!this.#has(kept) || !subscription.asked) return;
        retry.accepted();
        subscription.live();
      },
      (error) => {
        if (!this.#has(kept) || error instanceof Closed) return;
        if (error instanceof RequestError) kept.there = false;
        if (again && !isFinal(error)) this.#askLater(kept, error);
        else this.#giveUp(kept, error);
      }
    );
  }
  /** Subscribes again later, on this connection. */
  #askLater(kept, error) {
    kept.subscription.lost(error);
    if (this.#has(kept)) kept.retry.again(() => this.#ask(kept));
  }
  /** Ends a subscription that could not become live. */
  #giveUp(kept, error) {
    this.#release(kept);
    if (!kept.subscription.failed(error)) this.errors.tell(error);
    this.#liftQuietly(kept);
  }
  /** Ends a subscription whose signal was aborted. */
  #abort(kept, reason) {
    this.#release(kept);
    kept.subscription.ended(reason);
    this.#liftQuietly(kept);
  }
  /** Unsubscribes on the server, if the server may have the subscription. */
  async #lift({ subscription, there }, options) {
    if (!there) return;
    if (subscription.answered) await this.request(subscription.end, options);
    else await this.tell(subscription.end, options);
  }
  #liftQuietly(kept) {
    this.#lift(kept, {}).catch((error) => {
      if (!(error instanceof Closed)) this.errors.tell(error);
    });
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
    if (id !== void 0 && this.#requests.answered(id, envelope)) return;
    const kept = id === void 0 ? void 0 : this.#kept.get(id);
    if (kept !== void 0 && this.#told(kept, envelope)) return;
    if (envelope.response_status >= 400) {
      if (id !== HEARTBEAT) this.errors.tell(failureOf({ stream }, envelope));
      return;
    }
    const { action, data } = envelope;
    this.unasked.tell({ stream, action: typeof action === "string" ? action : void 0, data });
  }
  /** Passes an envelope to a subscription. Returns whether it belonged to it. */
  #told(kept, envelope) {
    const { subscription } = kept;
    if (envelope.response_status >= 400) {
      const error = failureOf(subscription.call, envelope);
      if (isFinal(error)) {
        kept.there = false;
        this.#giveUp(kept, error);
      } else {
        this.errors.tell(error);
        this.#askLater(kept, error);
      }
      return true;
    }
    const { action, data } = envelope;
    if (typeof action !== "string" || !subscription.knows(action)) return false;
    subscription.told({ action, data });
    return true;
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
    session.errors.add((error) => this.#errors.tell(error));
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
   * Closes the connection and opens it again with a new URL and token, which may belong to another user. Subscriptions
   * are kept.
   */
  reconnect() {
    for (const session of this.#sessions) session.connection.reopen();
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
  const { token } = options;
  return new Session({
    connection: {
      url: () => address(options.url, path),
      WebSocket: options.WebSocket ?? builtIn(),
      protocols: [...options.protocols ?? []],
      token: token === void 0 ? void 0 : async () => await token() ?? void 0,
      tokenIn: options.tokenIn ?? "query",
      connectTimeout: options.connectTimeout ?? 1e4,
      backoff: { ...BACKOFF, ...options.backoff },
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
    throw new CannotConnect("there is no global WebSocket: pass one, such as that of the package `ws`");
  }
  send() {
  }
  close() {
  }
};
async function address(base, path) {
  if (typeof base === "function") return join(await base(), path);
  const { location } = globalThis;
  const origin = base ?? location?.origin;
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

// ../../../../generated/chat/client/src/core/rows.ts
function arrange(rows, event, by) {
  const { action, data } = event;
  if (action !== "create" && action !== "update" && action !== "delete") return { rows, placed: true };
  const key = action === "delete" && isDeleted(data) ? data.pk : keyOf(data, by);
  const at = rows.findIndex((row2) => by.key(row2) === key);
  const others = at < 0 ? rows : spliced(rows, at, 1);
  if (action === "delete") return { rows: others, placed: true };
  const row = data;
  const { compare: compare2 } = by;
  const before = rows[at];
  if (before !== void 0 && (compare2?.(before, row) ?? 0) === 0) return { rows: spliced(rows, at, 1, row), placed: true };
  const place = compare2 === void 0 ? others.length : placeOf(others, row, compare2);
  if (place !== void 0) return { rows: spliced(others, place, 0, row), placed: true };
  return { rows: before === void 0 ? rows : spliced(rows, at, 1, row), placed: false };
}
function keyOf(row, by) {
  let key;
  try {
    key = by.key(row);
  } catch (error) {
    throw new ProtocolError("an event has a row that cannot be read", { cause: error });
  }
  if (key === void 0) throw new ProtocolError("an event has a row without a key");
  return key;
}
function spliced(rows, at, removed, ...added) {
  const copy = [...rows];
  copy.splice(at, removed, ...added);
  return copy;
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

// ../../../../generated/chat/client/src/core/live.ts
var COLLECT = { min: 100, max: 100, factor: 1, jitter: 0.5 };
var Live = class {
  #snapshot = { rows: [], status: "loading", error: void 0 };
  #state = "asking";
  #options;
  #listeners = new Listeners();
  #retry;
  /** The subscription, as long as it is live or may become live. */
  #subscription;
  #deafen = () => void 0;
  /** Aborts the current read of the rows; and the events received meanwhile. */
  #reading = new AbortController();
  #meanwhile = [];
  /** Whether something was missed while the rows are being read. */
  #again = false;
  /** Whether the rows were ever read. */
  #known = false;
  /** Resolves when the rows have been read for the first time; rejects if they are refused, or closed before. */
  ready;
  #resolve = () => void 0;
  #reject = () => void 0;
  constructor(options) {
    this.#options = options;
    this.#retry = new Retry({ ...BACKOFF, ...options.backoff });
    this.ready = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.ready.catch(() => void 0);
    this.#ask();
  }
  get rows() {
    return this.#snapshot.rows;
  }
  get status() {
    return this.#snapshot.status;
  }
  /** Returns the current snapshot; it is the same object until something changes. */
  snapshot = () => this.#snapshot;
  /** Calls the listener whenever something changes. */
  subscribe = (listener) => this.#listeners.add(listener);
  /** Tries again now after any failure, and connects if there is no connection. */
  retry = () => {
    const subscription = this.#subscription;
    if (this.#state === "waiting" && subscription !== void 0) void this.#read();
    else if (this.#state === "waiting" || this.#state === "failed") this.#askAgain();
    else if (this.#state === "asking") subscription?.retry?.();
  };
  /** Reads the rows again, even if no event is known to be missed. */
  reload() {
    if (this.#state === "live") void this.#read();
    else if (this.#state === "reading") this.#again = true;
    else this.retry();
  }
  /** Stops updating the rows and unsubscribes. The rows stay as they are. */
  async close() {
    if (this.#state === "closed") return;
    const subscription = this.#leave();
    this.#go("closed");
    this.#reject(new Closed("the live rows were closed"));
    await subscription?.unsubscribe();
  }
  #ask() {
    this.#go("asking");
    if (this.#state !== "asking") return;
    const subscription = this.#options.subscribe((event) => this.#told(event), { timeout: Infinity });
    this.#subscription = subscription;
    const current = () => this.#subscription === subscription;
    this.#deafen = subscription.onStatus((status) => {
      if (status === "lost") this.#lost(subscription.error);
      else if (status === "failed") this.#over(subscription.error);
      else if (status === "ended") this.#over(subscription.error ?? new Closed("unsubscribed"));
      else if (status === "pending" && this.#state === "failed") this.#go("asking");
    });
    subscription.ready.then(
      () => {
        if (current() && this.#state === "asking") void this.#read();
      },
      (error) => {
        if (current()) this.#over(error);
      }
    );
  }
  /** Subscribes again, or connects if the subscription only waits for a connection. */
  #askAgain() {
    if (this.#subscription === void 0) this.#ask();
    else this.#subscription.retry?.();
  }
  #told(event) {
    if (event.action === "resync" || event.action === "dropped") this.#missed();
    else if (this.#state === "reading") this.#meanwhile.push(event);
    else if (this.#known && this.#state !== "closed") this.#apply(this.rows, [event], this.#state);
  }
  /** Reads the rows again because events were missed, unless a read is already scheduled. */
  #missed() {
    if (this.#state === "reading") this.#again = true;
    else if (this.#state !== "waiting" && this.#state !== "closed") void this.#read();
  }
  /** Notes that events do not arrive any more, but may arrive again. */
  #lost(error) {
    this.#cancel();
    this.#go(isFinal(error) ? "failed" : "asking", error);
  }
  /** Handles the end of the subscription. */
  #over(error) {
    this.#leave();
    if (!(error instanceof Closed)) return this.#failed(error);
    this.#go("closed", error);
    this.#reject(error);
  }
  async #read() {
    this.#cancel();
    const { signal } = this.#reading;
    this.#go("reading");
    if (signal.aborted) return;
    try {
      const rows = await this.#options.load(signal);
      if (!signal.aborted) this.#loaded(rows);
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
    }
  }
  #loaded(rows) {
    this.#known = true;
    this.#apply(rows, this.#meanwhile, this.#again ? "reading" : "live");
    if (this.#again) return void this.#read();
    this.#retry.accepted();
    this.#resolve();
  }
  /** Handles an error of the rows or of the subscription: tries again later, unless the error is final. */
  #failed(error) {
    if (!isFinal(error)) {
      this.#retry.again(this.retry);
      return this.#go("waiting", error);
    }
    const subscription = this.#leave();
    this.#go("failed", error);
    this.#reject(error);
    subscription?.unsubscribe().catch((error2) => subscription.report?.(error2));
  }
  /**
   * Applies events to rows and shows the result. If only the server can place a row, all rows are read again shortly
   * after.
   */
  #apply(rows, events, next) {
    let arranged = { rows, placed: true };
    let fault;
    for (const event of events) {
      try {
        const { rows: rows2, placed } = arrange(arranged.rows, event, this.#options);
        arranged = { rows: rows2, placed: arranged.placed && placed };
      } catch (error) {
        fault = error;
        this.#subscription?.report?.(error);
      }
    }
    const incomplete = next === "live" && (!arranged.placed || fault !== void 0);
    if (incomplete) this.#retry.again(this.retry, wait(COLLECT, 0));
    this.#go(incomplete ? "waiting" : next, fault, arranged.rows);
  }
  /** Aborts the current read and the scheduled try. */
  #cancel() {
    this.#retry.stop();
    this.#reading.abort();
    this.#reading = new AbortController();
    this.#meanwhile = [];
    this.#again = false;
  }
  /** Stops everything and returns the subscription, which the caller has to end. */
  #leave() {
    this.#cancel();
    this.#deafen();
    const subscription = this.#subscription;
    this.#subscription = void 0;
    return subscription;
  }
  /** Enters another state and notifies the listeners. An error is shown until the rows are live. */
  #go(state, error, rows = this.rows) {
    this.#state = state;
    const lasting = state === "live" || state === "failed" || state === "closed";
    const status = lasting ? state : this.#known ? "stale" : "loading";
    const shown = this.#snapshot;
    const reason = state === "live" ? void 0 : error ?? shown.error;
    if (shown.rows === rows && shown.status === status && shown.error === reason) return;
    this.#snapshot = { rows, status, error: reason };
    this.#listeners.tell(this.#snapshot);
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

// ../../../../generated/chat/client/src/core/presence.ts
function present(subscribe) {
  let subscription;
  return new Live({
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
  });
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
  presentVisitors(args) {
    return present((callback, options) => this.visitors(args, callback, options));
  }
  /** Calls the listener with every frame in the application's own format. */
  onFrame(listener) {
    return this.#at.onFrame(listener);
  }
  /** Returns rows that stay up to date until `close`: all of them, or the one with a key. */
  live(pk) {
    if (pk !== void 0) return this.liveRow(pk);
    return new Live({
      subscribe: (callback, options) => this.roomActivity(callback, options),
      load: (signal) => this.list({ signal }),
      key: (row) => row.id,
      compare: orderOf(["name", "id"], { name: byText, id: byInteger })
    });
  }
  /** Returns a row that stays up to date until `close`; none if it is deleted. */
  liveRow(pk) {
    return new Live({
      subscribe: (callback, options) => this.subscribe(pk, callback, options),
      load: async (signal) => [await this.retrieve(pk, { signal })],
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
  /** Returns the pages of the list; each is requested when the one before was read. */
  pages(query = {}, options) {
    return this.#at.cursorPages({ ...query }, options);
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
    showPeople([]);
    const visitors = client.rooms.presentVisitors({ room: room.id });
    this.#live = new Live({
      subscribe: (callback, options) => client.rooms.messageActivity({ room: room.id }, callback, options),
      load: (signal) => this.#load(signal),
      key: (message) => message.id,
      compare: orderOf(["id"], { id: byInteger })
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
      visitors.subscribe(({ rows }) => showPeople(rows.map((visitor) => visitor.username))),
      () => void visitors.close().catch(() => void 0),
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
  async #load(signal) {
    const room = this.id;
    if (this.#oldest !== void 0) {
      const filter = { room, id__gte: this.#oldest };
      return (await gather(this.#client.messages.pages({ filter, limit: 200 }, { signal }))).reverse();
    }
    const page = await this.#client.messages.list({ filter: { room }, limit: PAGE }, { signal });
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
function showPeople(names) {
  people.replaceChildren(...[...names].sort().map((name) => make("li", name)));
}

// src/main.ts
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
  if (status === "refused") return stop();
  const away = status === "waiting" || status === "connecting" && client.lastClose !== void 0;
  if (away && connection.childElementCount > 0) return;
  connection.replaceChildren(...away ? [make("span", "Reconnecting…")] : []);
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
  const failed = (error) => connection.replaceChildren(make("span", `Still logged in. ${error.message}`));
  logout().then(stop, failed);
});
var user = await me().catch(() => void 0);
if (user === void 0) stop();
else start(user);
main.setAttribute("data-ready", "");
