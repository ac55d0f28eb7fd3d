/** One room: its messages, who is in it, and what one says. */

import { Closed, Live, TimedOut, byInteger, gather, orderOf, type ChatClient, type Message, type Room, type Stop } from 'chat-client';

import type { Me } from './account.js';
import { byId, make } from './dom.js';

/** Messages that are read at once. */
const PAGE = 50;

const messages = byId<HTMLOListElement>('messages');
const scroll = byId('scroll');
const earlier = byId<HTMLButtonElement>('earlier');
const people = byId('people');

/** A room that one has entered. */
export class OpenRoom {
  readonly id: number;
  readonly #client: ChatClient;
  readonly #me: Me;
  readonly #live: Live<Message>;
  readonly #stops: Stop[] = [];
  /** The first message that is shown. What is older was not asked for yet. */
  #oldest: number | undefined;
  #shown = new Map<number, HTMLElement>();

  constructor(client: ChatClient, me: Me, room: Room) {
    this.id = room.id;
    this.#client = client;
    this.#me = me;
    messages.replaceChildren();
    earlier.hidden = true;
    showPeople([]);
    const visitors = client.rooms.presentVisitors({ room: room.id });
    // Subscribed before it is read, and read again after a gap: no message falls in between.
    this.#live = new Live<Message>({
      subscribe: (callback, options) => client.rooms.messageActivity({ room: room.id }, callback, options),
      load: (signal) => this.#load(signal),
      key: (message) => message.id,
      compare: orderOf(['id'], { id: byInteger }),
    });
    const enter = (): void => {
      client.rooms.joinRoom(room.id).catch((error: unknown) => {
        if (!(error instanceof Closed)) console.warn('the room could not be entered', error);
      });
    };
    const more = (): void => void this.#more();
    earlier.addEventListener('click', more);
    this.#stops.push(
      this.#live.subscribe(({ rows }) => this.#show(rows)),
      visitors.subscribe(({ rows }) => showPeople(rows.map((visitor) => visitor.username))),
      () => void visitors.close().catch(() => undefined),
      // A new connection is in no room.
      client.onStatus((status) => {
        if (status === 'open') enter();
      }),
      () => earlier.removeEventListener('click', more),
    );
    enter();
  }

  /** Says something. */
  async say(message: string): Promise<void> {
    try {
      await this.#client.rooms.createMessage(this.id, { message }, { timeout: 15_000 });
    } catch (error) {
      if (error instanceof Closed && error.sent) throw new Error('The connection was lost. Was it sent? Look above.');
      if (error instanceof Closed || error instanceof TimedOut) throw new Error('There is no connection. Try again.');
      throw error;
    }
  }

  /** Leaves it. */
  leave(): void {
    for (const stop of this.#stops) stop();
    this.#live.close().catch(() => undefined);
    this.#client.rooms.leaveRoom(this.id).catch(() => undefined);
  }

  /** The newest page; afterwards whatever is as new as what is shown already. */
  async #load(signal: AbortSignal): Promise<readonly Message[]> {
    const room = this.id;
    if (this.#oldest !== undefined) {
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
  async #more(): Promise<void> {
    const filter = { room: this.id, id__lt: this.#oldest ?? 0 };
    const page = await this.#client.messages.list({ filter, limit: PAGE });
    earlier.hidden = page.next === null;
    this.#oldest = page.results.at(-1)?.id ?? this.#oldest;
    this.#live.reload();
  }

  #show(rows: readonly Message[]): void {
    const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
    const before = scroll.scrollHeight;
    const kept = new Map<number, HTMLElement>();
    const fresh = this.#shown.size > 0 && rows[0] !== undefined && !this.#shown.has(rows[0].id);
    for (const row of rows) kept.set(row.id, this.#shown.get(row.id) ?? this.#item(row));
    this.#shown.forEach((item, id) => {
      if (!kept.has(id)) item.remove();
    });
    // What is in its place stays there, so that a screen reader does not read it again.
    let at = messages.firstElementChild;
    for (const item of kept.values()) {
      if (item === at) at = at.nextElementSibling;
      else messages.insertBefore(item, at);
    }
    this.#shown = kept;
    if (fresh && !atEnd) scroll.scrollTop += scroll.scrollHeight - before;
    else if (atEnd) scroll.scrollTop = scroll.scrollHeight;
  }

  #item(message: Message): HTMLElement {
    const at = new Date(message.created_at);
    const time = make('time', at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })) as HTMLTimeElement;
    time.dateTime = message.created_at;
    time.title = at.toLocaleString();
    const by = make('div', [make('span', message.user.username), time], { className: 'by' });
    const own = message.user.id === this.#me.id ? 'own' : '';
    return make('li', [by, make('p', message.text)], { className: own });
  }
}

function showPeople(names: readonly string[]): void {
  people.replaceChildren(...[...names].sort().map((name) => make('li', name)));
}
