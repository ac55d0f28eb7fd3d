/** Who is present in a group. */

import type { SignalEvent } from './events.js';
import type { RequestOptions } from './requests.js';
import type { LiveOptions } from './snapshot.js';
import type { Subscription } from './subscription.js';

/** A member of a group: the payload of the signal, with two more members. */
export type PresentMember<Payload> = Payload & {
  /** The key of the user; for an anonymous client a text that no other connection has. */
  readonly key: string;
  /** False if the event says that the member has left. */
  readonly present: boolean;
};

/** Returns the options of live rows that are the members of a group: those who join come last. */
export function present<Payload, Name extends string>(
  subscribe: (
    callback: (event: SignalEvent<Name, PresentMember<Payload>>) => void,
    options: RequestOptions,
  ) => Subscription<SignalEvent<Name, PresentMember<Payload>>>,
): LiveOptions<PresentMember<Payload>, string> {
  let subscription: Subscription<SignalEvent<Name, PresentMember<Payload>>> | undefined;
  return {
    subscribe: (callback, options) => {
      subscription = subscribe((event) => {
        const { action, data } = event as { readonly action: string; readonly data: PresentMember<Payload> };
        if (action === 'resync' || action === 'dropped') callback({ action: 'resync', data: null });
        else callback({ action: data.present ? 'update' : 'delete', data });
      }, options);
      return subscription;
    },
    // A subscription is answered with the members.
    load: async (signal) => ((await subscription?.again({ signal })) ?? []) as unknown as PresentMember<Payload>[],
    key: (member) => member.key,
  };
}
