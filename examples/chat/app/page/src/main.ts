/** The page: a login, the rooms, and the one that is open, whose number stands in the URL. */

import { ChatClient, PermissionDenied, type Live, type Room, type Status } from 'chat-client';

import { isLoggedIn, login, logout, me, type Me } from './account.js';
import { byId, field, make, onSubmit } from './dom.js';
import { OpenRoom } from './room.js';
import { ENDED, words } from './words.js';

const loginPage = byId('login');
const chatPage = byId('chat');
const roomList = byId('rooms');
const connection = byId('connection');
const main = byId('room');
const title = byId('room-title');
const say = byId<HTMLFormElement>('say');
const input = byId<HTMLTextAreaElement>('message');

/** What is there while somebody is logged in. */
interface Here {
  readonly me: Me;
  readonly client: ChatClient;
  readonly rooms: Live<Room>;
  open: OpenRoom | undefined;
}

let here: Here | undefined;

function start(user: Me): void {
  // A browser does not learn why a handshake has failed: it asks whether the session goes on.
  const client = new ChatClient({ backoff: { min: 250, max: 5_000 }, session: isLoggedIn });
  const rooms = client.rooms.live();
  here = { me: user, client, rooms, open: undefined };
  byId('me').textContent = user.username;
  byId('ended').textContent = '';
  loginPage.hidden = true;
  chatPage.hidden = false;
  rooms.subscribe(({ status, error }) => {
    route();
    if (status === 'failed') void refused(client, error);
  });
  client.onStatus((status) => showStatus(client, status));
  client.onError((error) => showConnection(words(error)));
  route();
}

/** Goes to the login; with a reason, which is said. */
function stop(reason = ''): void {
  const before = here;
  here = undefined;
  before?.open?.leave();
  before?.client.close();
  chatPage.hidden = true;
  loginPage.hidden = false;
  byId('ended').textContent = reason;
  byId('rooms').replaceChildren();
  byId('people').replaceChildren();
  loginPage.querySelector('input')?.focus();
}

function showStatus(client: ChatClient, status: Status): void {
  // The server has taken the session away.
  if (status === 'refused') return stop(words(client.lastError));
  const away = status === 'waiting' || (status === 'connecting' && client.lastClose !== undefined);
  if (away && connection.childElementCount > 0) return;
  showConnection(!away ? '' : navigator.onLine ? 'Reconnecting…' : 'You are offline.');
}

/** Says why there are no rooms. The server answers 403 to whoever is not logged in: only it knows which of the two it is. */
async function refused(client: ChatClient, error: unknown): Promise<void> {
  const isOver = error instanceof PermissionDenied && !(await isLoggedIn().catch(() => true));
  if (here?.client !== client) return;
  if (isOver) return stop(ENDED);
  showConnection(words(error));
}

function showConnection(text: string): void {
  if (connection.textContent !== text) connection.replaceChildren(...(text === '' ? [] : [make('span', text)]));
}

/** The number of the room in the URL. */
function roomOf({ hash }: Location): number | undefined {
  const found = /^#room-(\d+)$/.exec(hash)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** Shows what the URL says. */
function route(): void {
  if (here === undefined) return;
  const id = roomOf(location);
  const room = here.rooms.rows.find((room) => room.id === id);
  if (here.open?.id !== id || (here.open === undefined && id !== undefined)) open(id, room);
  else if (room !== undefined) title.textContent = room.name;
  chatPage.classList.toggle('in-room', id !== undefined);
  document.title = room === undefined ? 'Chat' : `${room.name} · Chat`;
  showRooms(here.rooms.rows);
}

function open(id: number | undefined, room: Room | undefined): void {
  if (here === undefined) return;
  if (here.open !== undefined && here.open.id !== id) {
    here.open.leave();
    here.open = undefined;
  }
  say.hidden = room === undefined;
  if (room !== undefined) {
    here.open = new OpenRoom(here.client, here.me, room);
    title.textContent = room.name;
    input.focus();
  } else {
    const known = here.rooms.status === 'live';
    title.textContent = id === undefined ? 'Choose a room' : known ? 'This room does not exist.' : 'Loading…';
  }
}

function showRooms(rows: readonly Room[]): void {
  const focused = document.activeElement?.getAttribute('data-room');
  const items = rows.map((room) => {
    const button = make('button', [make('span', room.name)]);
    button.setAttribute('type', 'button');
    button.setAttribute('data-room', String(room.id));
    if (room.id === here?.open?.id) button.setAttribute('aria-current', 'true');
    button.addEventListener('click', () => enter(room));
    return make('li', [button]);
  });
  roomList.replaceChildren(...items);
  if (focused) roomList.querySelector<HTMLElement>(`[data-room="${focused}"]`)?.focus();
}

function enter(room: Room): void {
  location.hash = `room-${room.id}`;
  route();
  input.focus();
}

onSubmit(byId<HTMLFormElement>('login-form'), async (data) => {
  const user = await login(field(data, 'username'), field(data, 'password'));
  byId<HTMLFormElement>('login-form').reset();
  start(user);
});

onSubmit(byId<HTMLFormElement>('new-room'), async (data) => {
  if (here === undefined) return;
  const room = await here.client.rooms.create({ name: field(data, 'name'), host: here.me.id });
  byId<HTMLFormElement>('new-room').reset();
  // It is shown at once, whenever the others hear of it.
  here.rooms.apply(room);
  enter(room);
});

onSubmit(say, async (data) => {
  const text = field(data, 'message').trim();
  if (text === '' || here?.open === undefined) return;
  await here.open.say(text);
  // Unless something else was written meanwhile.
  if (input.value.trim() === text) input.value = '';
});

input.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  say.requestSubmit();
});

byId('back').addEventListener('click', () => {
  const id = roomOf(location);
  location.hash = '';
  route();
  roomList.querySelector<HTMLElement>(`[data-room="${id}"]`)?.focus();
});

byId('logout').addEventListener('click', () => {
  // As long as the server does not say so, the session goes on, and so does the page.
  const failed = (error: Error) => showConnection(`Still logged in. ${error.message}`);
  logout().then(() => stop(), failed);
});

window.addEventListener('hashchange', route);
window.addEventListener('offline', () => here && showConnection('You are offline.'));
window.addEventListener('online', () => here && showStatus(here.client, here.client.status));

// Who cannot be asked about logs in, which says what is wrong.
const user = await me().catch(() => undefined);
if (user === undefined) stop();
else start(user);
main.setAttribute('data-ready', '');
