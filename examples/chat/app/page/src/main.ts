/** The page: a login, the rooms, and the one that is open. */

import { ChatClient, ValidationError, type Live, type Room, type Status } from 'chat-client';

import { login, logout, me, type Me } from './account.js';
import { byId, field, make, onSubmit } from './dom.js';
import { OpenRoom } from './room.js';

const loginPage = byId('login');
const chatPage = byId('chat');
const roomList = byId('rooms');
const connection = byId('connection');
const main = byId('room');
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
  const client = new ChatClient({ backoff: { min: 250, max: 5_000 } });
  const rooms = client.rooms.live();
  here = { me: user, client, rooms, open: undefined };
  byId('me').textContent = user.username;
  loginPage.hidden = true;
  chatPage.hidden = false;
  rooms.subscribe(({ rows, status, error }) => {
    showRooms(rows);
    if (status === 'failed') connection.replaceChildren(make('span', String(error)));
  });
  client.onStatus((status) => showStatus(client, status));
}

function stop(): void {
  here?.client.close();
  here = undefined;
  chatPage.hidden = true;
  chatPage.classList.remove('in-room');
  loginPage.hidden = false;
  byId('room-title').textContent = 'Choose a room';
  byId('messages').replaceChildren();
  byId('people').replaceChildren();
  say.hidden = true;
  loginPage.querySelector('input')?.focus();
}

function showStatus(client: ChatClient, status: Status): void {
  // The server has taken the session away.
  if (status === 'refused') return stop();
  const away = status === 'waiting' || (status === 'connecting' && client.lastClose !== undefined);
  if (away && connection.childElementCount > 0) return;
  connection.replaceChildren(...(away ? [make('span', 'Reconnecting…')] : []));
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
  if (here === undefined) return;
  chatPage.classList.add('in-room');
  if (here.open?.id !== room.id) {
    here.open?.leave();
    here.open = new OpenRoom(here.client, here.me, room);
    byId('room-title').textContent = room.name;
    say.hidden = false;
  }
  showRooms(here.rooms.rows);
  input.focus();
}

onSubmit(byId<HTMLFormElement>('login-form'), async (data) => {
  const user = await login(field(data, 'username'), field(data, 'password'));
  byId<HTMLFormElement>('login-form').reset();
  start(user);
});

onSubmit(byId<HTMLFormElement>('new-room'), async (data) => {
  if (here === undefined) return;
  try {
    const room = await here.client.rooms.create({ name: field(data, 'name'), host: here.me.id });
    byId<HTMLFormElement>('new-room').reset();
    enter(room);
  } catch (error) {
    if (error instanceof ValidationError) throw new Error(String(Object.values(error.fieldErrors)[0] ?? error.message));
    throw error;
  }
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
  chatPage.classList.remove('in-room');
  roomList.querySelector<HTMLElement>('[aria-current]')?.focus();
});

byId('logout').addEventListener('click', () => {
  // As long as the server does not say so, the session goes on, and so does the page.
  const failed = (error: Error) => connection.replaceChildren(make('span', `Still logged in. ${error.message}`));
  logout().then(stop, failed);
});

// Who cannot be asked about logs in, which says what is wrong.
const user = await me().catch(() => undefined);
if (user === undefined) stop();
else start(user);
main.setAttribute('data-ready', '');
