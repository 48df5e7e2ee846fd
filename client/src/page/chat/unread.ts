import { useEffect, useRef, useState } from "preact/hooks";
import type { Message } from "../../lib/index.js";

export interface Unread {
  /** The last message read before one looked away; the divider stands behind it. */
  divider: number | null;
  count: number;
}

/** What came while nobody looked at the end of the room; kept over a reload. */
export function useUnread(
  room: string,
  messages: ReadonlyMap<number, Message>,
  last: number,
  attending: boolean,
  isMine: (message: Message) => boolean,
): Unread & { clear: () => void } {
  const key = `me-api:read:${room}`;
  const [read, setRead] = useState(() => Number(localStorage.getItem(key)));
  const [divider, setDivider] = useState<number | null>(read || null);
  const was = useRef(false);

  useEffect(() => {
    // A room that was never read, or begins anew, has nothing unread.
    const upTo = attending || read === 0 || read > last ? last : read;
    if (last > 0 && upTo !== read) keep(upTo);
    if (was.current && !attending) setDivider(upTo);
    if (attending && divider !== null && last > 0 && divider >= last) setDivider(null);
    was.current = attending;
  }, [last, attending]);

  const keep = (upTo: number) => {
    setRead(upTo);
    localStorage.setItem(key, String(upTo));
  };
  let count = 0;
  for (let id = last; id > read && read > 0; id--) {
    const message = messages.get(id);
    if (message && !message.deleted && !isMine(message)) count++;
  }
  return { divider, count: attending ? 0 : count, clear: () => setDivider(null) };
}
