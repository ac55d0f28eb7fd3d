/** One room: its messages, who is in it, and what one says. */

import { Closed, Live, byInteger, gatherLarge, orderOf, type ChatClient, type Message, type Room, type Stop } from 'chat-client';

import type { Me } from './account.js';
import { byId, make } from './dom.js';
import { words } from './words.js';

/** Messages that are shown at first, and further ones each time that they are asked for. */
const PAGE = 50;

const messages = byId<HTMLOListElement>('messages');
const nothing = byId('nothing');
const scroll = byId('scroll');
const earlier = byId<HTMLButtonElement>('earlier');
const people = byId('people');
const trouble = byId('trouble');
const again = trouble.querySelector('button') as HTMLButtonElement;

/** A room that one has entered. */
export class OpenRoom {
  readonly id: number;
  readonly #client: ChatClient;
  readonly #me: Me;
  #live: Live<Message>;
  #limit = PAGE;
  readonly #stops: Stop[] = [];
  /** What is shown: messages by their ids, and days by their dates. */
  #shown = new Map<number | string, HTMLElement>();

  constructor(client: ChatClient, me: Me, room: Room) {
    this.id = room.id;
    this.#client = client;
    this.#me = me;
    messages.replaceChildren();
    earlier.hidden = nothing.hidden = true;
    showPeople([]);
    const visitors = client.rooms.presentVisitors({ room: room.id });
    this.#live = this.#open();
    this.#live.subscribe(() => this.#show());
    const enter = (): void => {
      client.rooms.joinRoom(room.id).catch((error: unknown) => {
        if (!(error instanceof Closed)) showTrouble(words(error));
      });
    };
    const more = (): void => this.#more();
    const retry = (): void => this.#live.retry();
    earlier.addEventListener('click', more);
    again.addEventListener('click', retry);
    this.#stops.push(
      visitors.subscribe(({ rows }) => showPeople(rows.map((visitor) => visitor.username))),
      () => void visitors.close().catch(() => undefined),
      // A new connection is in no room.
      client.onStatus((status) => {
        if (status === 'open') enter();
      }),
      () => earlier.removeEventListener('click', more),
      () => again.removeEventListener('click', retry),
      () => showTrouble(''),
    );
    enter();
  }

  /** Says something. */
  async say(message: string): Promise<void> {
    this.#live.apply(await this.#client.rooms.createMessage(this.id, { message }, { timeout: 15_000 }));
  }

  /** Leaves it. */
  leave(): void {
    for (const stop of this.#stops) stop();
    this.#live.close().catch(() => undefined);
    this.#client.rooms.leaveRoom(this.id).catch(() => undefined);
    messages.replaceChildren();
    earlier.hidden = nothing.hidden = true;
    showPeople([]);
  }

  /** The newest messages, the newest first: as many as are shown. */
  #open(): Live<Message> {
    const room = this.id;
    return new Live<Message>({
      subscribe: (callback, options) => this.#client.rooms.messageActivity({ room }, callback, options),
      load: (signal, count) =>
        gatherLarge((page) => this.#client.messages.pages({ filter: { room }, ...page }, { signal }), count),
      key: (message) => message.id,
      compare: orderOf(['-id'], { id: byInteger }),
      limit: this.#limit,
    });
  }

  /** Shows more of what was said before. Until it is there, what is shown stays. */
  #more(): void {
    this.#limit += PAGE;
    const before = this.#live;
    const live = this.#open();
    earlier.disabled = true;
    live.ready.then(
      () => {
        before.close().catch(() => undefined);
        this.#live = live;
        live.subscribe(() => this.#show());
        this.#show();
      },
      (error: unknown) => showTrouble(error instanceof Closed ? '' : words(error)),
    ).finally(() => (earlier.disabled = false));
    this.#stops.push(() => void live.close().catch(() => undefined));
  }

  #show(): void {
    const { rows, status, error, more } = this.#live.snapshot();
    if (status === 'closed') return;
    showTrouble(status === 'failed' ? words(error) : '');
    earlier.hidden = more !== true;
    nothing.hidden = status !== 'live' || rows.length > 0;
    const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
    const before = scroll.scrollHeight;
    const kept = new Map<number | string, HTMLElement>();
    const oldest = rows.at(-1);
    const fresh = this.#shown.size > 0 && oldest !== undefined && !this.#shown.has(oldest.id);
    for (const row of [...rows].reverse()) {
      const day = new Date(row.created_at).toDateString();
      if (!kept.has(day)) kept.set(day, this.#shown.get(day) ?? dayOf(row));
      kept.set(row.id, this.#shown.get(row.id) ?? this.#item(row));
    }
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

/** The line between the messages of two days. */
function dayOf(message: Message): HTMLElement {
  const at = new Date(message.created_at);
  const today = new Date();
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  const is = (day: Date): boolean => at.toDateString() === day.toDateString();
  const long = at.toLocaleDateString([], { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  const time = make('time', is(today) ? 'Today' : is(yesterday) ? 'Yesterday' : long) as HTMLTimeElement;
  time.dateTime = message.created_at.slice(0, 10);
  return make('li', [time], { className: 'day' });
}

function showTrouble(text: string): void {
  const place = trouble.querySelector('span') as HTMLElement;
  if (place.textContent !== text) place.textContent = text;
  again.hidden = text === '';
}

function showPeople(names: readonly string[]): void {
  people.replaceChildren(...[...names].sort().map((name) => make('li', name)));
}
