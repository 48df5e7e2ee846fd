import type { Message } from "../../lib/index.js";
import { useReadable } from "../hooks";
import { useSession } from "../session";

export interface CurrentUser {
  nick: string | null;
  registered: boolean;
  owner: boolean;
  /** Whether the user is banned from the site. */
  banned: boolean;
  /** Whether the user may delete messages of others, and ban. */
  moderates: boolean;
  isMine: (message: Message) => boolean;
  mayChange: (message: Message) => boolean;
  mayDelete: (message: Message) => boolean;
}

/**
 * Return the user as the server has confirmed it; while disconnected, as the user has chosen it.
 * In an archived room only moderators still change anything: they delete.
 */
export function useCurrentUser(archived = false): CurrentUser {
  const session = useSession();
  const status = useReadable(session.client.status);
  const me = useReadable(session.client.me);
  const account = useReadable(session.account);
  const problem = useReadable(session.client.problem);
  const banned = status === "refused" && problem?.code === "banned";
  const user = me.user ?? account.user;
  const chosenNick = status === "live" ? null : (account.nick ?? account.user?.nick ?? null);
  const nick = me.nick ?? chosenNick;
  const registered = user !== null;
  const owner = user?.role === "owner";
  const moderates = owner || user?.role === "moderator";
  const isMine = (message: Message) => message.nick === nick && message.verified === registered;
  const mayChange = (message: Message) => !message.deleted && !archived && !banned && (owner || isMine(message));
  const mayDelete = (message: Message) => !message.deleted && !banned && (moderates || (!archived && isMine(message)));
  return { nick, registered, owner, banned, moderates, isMine, mayChange, mayDelete };
}
