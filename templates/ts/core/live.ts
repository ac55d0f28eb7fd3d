/** Live rows: handles of rows that stay up to date, of which several may show the same. */

import type { Backoff } from './clock.js';
import { Closed } from './errors.js';
import { inFrame } from './frames.js';
import { Deferred, Listeners, onAbort, type Stop } from './listeners.js';
import { LiveView } from './live-view.js';
import type { RequestOptions } from './requests.js';
import { textOf } from './scalars.js';
import type { LiveOptions, LiveStatus, Snapshot } from './snapshot.js';

/** The options of live rows: the signal closes them. */
export type LiveRequest = Pick<RequestOptions, 'signal'>;

/** What live rows share: the views, by what they show, and the waits before they are read again. */
export interface Sharing {
  readonly views: Map<string, { readonly view: LiveView<never, never>; users: number }>;
  readonly backoff: Partial<Backoff> | undefined;
}

/** Rows that stay up to date until `close`. */
export class Live<Row, Key = number> {
  /** The rows that are shown, for all handles of them. */
  readonly view: LiveView<Row, Key>;
  readonly #release: () => Promise<void>;
  readonly #listeners = new Listeners<Snapshot<Row>>();
  readonly #stop: Stop;
  /** What is shown after `close()`. */
  #closed: Snapshot<Row> | undefined;
  // A rejection without a handler is not an uncaught error, because the status shows it, too.
  readonly #ready = new Deferred();

  /** @param release closes the view, if it is used by others, too, when the last one closes it. */
  constructor(options: LiveOptions<Row, Key> | LiveView<Row, Key>, release?: () => Promise<void>) {
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
  static shared<Row, Key>(
    { views, backoff }: Sharing,
    of: unknown,
    { signal }: LiveRequest = {},
    make: () => LiveOptions<Row, Key>,
  ): Live<Row, Key> {
    const name = textOf(of);
    let entry = views.get(name);
    if (entry === undefined || entry.view.status === 'closed') {
      views.set(name, (entry = { view: new LiveView({ backoff, ...make() }) as never, users: 0 }));
    }
    const used = entry;
    const { view } = used;
    if (view.status === 'failed') view.retry();
    used.users += 1;
    const live = new Live<Row, Key>(view as never, async () => {
      used.users -= 1;
      if (used.users > 0) return;
      if (views.get(name) === used) views.delete(name);
      await view.close();
    });
    onAbort(signal, () => void live.close().catch(() => undefined));
    return live;
  }

  /** Resolves when the rows have been read for the first time; rejects if they are refused, or closed before. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get rows(): readonly Row[] {
    return this.snapshot().rows;
  }

  get status(): LiveStatus {
    return this.snapshot().status;
  }

  /** Returns the current snapshot; it is the same object until something changes. */
  readonly snapshot = (): Snapshot<Row> => this.#closed ?? this.view.snapshot();

  /** Calls the listener when something has changed, at most once in a frame of the display. */
  readonly subscribe = (listener: (snapshot: Snapshot<Row>) => void): Stop => this.#listeners.add(listener);

  /**
   * Tries again now after any failure: connects if there is no connection, and asks an open one for a sign of life.
   */
  readonly retry = (): void => {
    if (this.#closed === undefined) this.view.retry();
  };

  /** Reads the rows again, even if no event is known to be missed. */
  reload(): void {
    if (this.#closed === undefined) this.view.reload();
  }

  /** Shows a row that an action has answered, before the event of its change arrives. */
  apply(row: Row): void {
    this.view.apply(row);
  }

  /** Stops updating the rows and unsubscribes. The rows stay as they are. */
  async close(): Promise<void> {
    if (this.#closed !== undefined) return;
    const { view } = this;
    if (view.status === 'closed') return;
    this.#stop();
    const closed = (this.#closed = { ...view.snapshot(), status: 'closed' });
    this.#ready.reject(new Closed('the live rows were closed'));
    inFrame(() => this.#listeners.tell(closed))();
    await this.#release();
  }
}
