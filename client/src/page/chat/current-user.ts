import type { Message } from "../../lib/index.js";
import { useReadable } from "../hooks";
import { useSession } from "../session";

export interface CurrentUser {
  nick: string | null;
  registered: boolean;
  owner: boolean;
  isMine: (message: Message) => boolean;
  mayChange: (message: Message) => boolean;
}

/** Return the user as the server has confirmed it; while disconnected, as the user has chosen it. */
export function useCurrentUser(): CurrentUser {
  const session = useSession();
  const status = useReadable(session.client.status);
  const me = useReadable(session.client.me);
  const account = useReadable(session.account);
  const user = me.user ?? account.user;
  const chosenNick = status === "live" ? null : (account.nick ?? account.user?.nick ?? null);
  const nick = me.nick ?? chosenNick;
  const registered = user !== null;
  const owner = user?.role === "owner";
  const isMine = (message: Message) => message.nick === nick && message.verified === registered;
  return { nick, registered, owner, isMine, mayChange: (message) => !message.deleted && (owner || isMine(message)) };
}
