/** What compiles with the client of `examples/chat`, and what must not. It is checked by `tsc`, and never run. */

import { ChatClient, ValidationError, type Message, type Room, type User } from '../../../generated/chat/client/src/index.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if both are the same type. */
function same<A, B>(_: Same<A, B>): void {}

export async function compiles(client: ChatClient): Promise<void> {
  const rooms = await client.rooms.list();
  same<typeof rooms, Room[]>(true);
  same<Message['user'], User>(true);

  const page = await client.messages.list({ filter: { room: 1, id__in: [1, 2], id__range: [1, 9] }, limit: 5 });
  same<typeof page.next, string | null>(true);
  for await (const { results } of client.messages.pages({ limit: 5 })) same<typeof results, Message[]>(true);

  const message = await client.rooms.createMessage(1, { message: 'a' }, { timeout: 1, signal: AbortSignal.timeout(1) });
  same<typeof message, Message>(true);

  client.rooms.messageActivity({ room: 1 }, (event) => {
    switch (event.action) {
      case 'create':
      case 'update':
      case 'delete':
        same<typeof event.data, Message>(true);
        break;
      case 'dropped':
        same<typeof event.data.count, number>(true);
        break;
      case 'resync':
        same<typeof event.data, null>(true);
    }
  });
  for await (const event of client.rooms.subscribe(1)) {
    if (event.action === 'delete') same<typeof event.data.pk, number>(true);
    // @ts-expect-error: one row is never made
    if (event.action === 'create') break;
  }
  for await (const event of client.rooms.visitors({ room: 1 })) {
    if (event.action !== 'visitors') continue;
    same<typeof event.data.username, string>(true);
    same<typeof event.data.present, boolean>(true);
  }
  same<(typeof live.rows)[number], Room>(true);

  try {
    await client.rooms.create({ name: 'a', host: 1 });
  } catch (error) {
    if (error instanceof ValidationError) error.fieldErrors['name'];
  }
}

declare const live: ReturnType<ChatClient['rooms']['live']>;

export async function doesNot(client: ChatClient): Promise<void> {
  // @ts-expect-error: `host` is missing
  await client.rooms.create({ name: 'a' });
  // @ts-expect-error: `id` is read-only
  await client.rooms.create({ name: 'a', host: 1, id: 3 });
  // @ts-expect-error: a name is a text
  await client.rooms.create({ name: 1, host: 1 });
  // @ts-expect-error: there is no such mixin
  await client.rooms.delete(1);
  // @ts-expect-error: keys are numbers
  await client.rooms.retrieve('1');
  // @ts-expect-error: `message` is missing
  await client.rooms.createMessage(1, {});
  // @ts-expect-error: the group has to be named
  client.rooms.messageActivity({});
  // @ts-expect-error: there is no such field
  await client.messages.list({ filter: { text: 'a' } });
  // @ts-expect-error: a number has no part
  await client.messages.list({ filter: { id__contains: 1 } });
  // @ts-expect-error: pages are by cursor
  await client.messages.list({ offset: 1 });
  // @ts-expect-error: there is no such stream
  client.users;
  const [room] = await client.rooms.list();
  // @ts-expect-error: there may be none
  room.name;
  const [message] = (await client.messages.list()).results;
  // @ts-expect-error: the hash of the password is never shown
  message?.user.password;
  const visitors = client.rooms.presentVisitors({ room: 1 });
  const name: string | undefined = visitors.rows[0]?.username;
  // @ts-expect-error: the room has to be named
  client.rooms.presentVisitors();
  client.rooms.messageActivity({ room: 1 }, (event) => {
    // @ts-expect-error: it depends on the action
    event.data.text;
  });
}
