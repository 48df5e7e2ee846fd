import type { Message } from "../../lib/index.js";
import { useSession } from "../session";
import { useReadable } from "../hooks";

export interface WhoIAm {
  nick: string | null;
  registered: boolean;
  owner: boolean;
  isMine: (message: Message) => boolean;
  mayChange: (message: Message) => boolean;
}

/** Under which name one is here; while the connection is away, the one that one wishes to have again. */
export function useWho(): WhoIAm {
  const session = useSession();
  const status = useReadable(session.client.status);
  const me = useReadable(session.client.me);
  const wish = useReadable(session.who);
  const user = me.user ?? wish.user;
  const wished = status === "live" ? null : (wish.nick ?? wish.user?.nick ?? null);
  const nick = me.nick ?? wished;
  const registered = user !== null;
  const owner = user?.role === "owner";
  const isMine = (message: Message) => message.nick === nick && message.verified === registered;
  return { nick, registered, owner, isMine, mayChange: (message) => !message.deleted && (owner || isMine(message)) };
}
