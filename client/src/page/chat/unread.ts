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
  /** Whether the newest are here. */
  known: boolean,
  attending: boolean,
  isMine: (message: Message) => boolean,
): Unread & { clear: () => void } {
  const key = `me-api:read:${room}`;
  const [read, setRead] = useState(() => stored(key));
  const [divider, setDivider] = useState(read);
  const was = useRef(false);

  useEffect(() => {
    if (!known) return;
    // A room that was never read, or begins anew, has nothing unread.
    const upTo = attending || read === null || read > last ? last : read;
    if (upTo !== read) keep(upTo);
    if (was.current && !attending) setDivider(upTo);
    if (attending && divider !== null && divider >= last) setDivider(null);
    was.current = attending;
  }, [last, attending, known]);

  const keep = (upTo: number) => {
    setRead(upTo);
    localStorage.setItem(key, String(upTo));
  };
  let count = 0;
  for (let id = last; read !== null && id > read; id--) {
    const message = messages.get(id);
    if (message && !message.deleted && !isMine(message)) count++;
  }
  return { divider, count: attending ? 0 : count, clear: () => setDivider(null) };
}

function stored(key: string): number | null {
  const kept = localStorage.getItem(key);
  return kept === null ? null : Number(kept);
}
