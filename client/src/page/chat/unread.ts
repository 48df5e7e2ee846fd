import { useEffect, useRef, useState } from "preact/hooks";
import type { Message } from "../../lib/index.js";
import type { Parse } from "../../lib/safe-storage.js";
import { stored } from "../storage";

export interface Unread {
  /** The last message that was read before the user looked away; the divider follows it. */
  divider: number | null;
  count: number;
}

/** Return the unread messages of a room. What has been read survives a reload. */
export function useUnread(
  room: string,
  messages: ReadonlyMap<number, Message>,
  last: number,
  /** Whether the newest messages are loaded. */
  loaded: boolean,
  /** Whether the user sees the newest messages. */
  reading: boolean,
  isMine: (message: Message) => boolean,
): Unread & { clear: () => void } {
  const key = `me-api:read:${room}`;
  const [read, setRead] = useState(() => stored.read(key, messageId));
  const [divider, setDivider] = useState(read);
  const wasReading = useRef(false);

  useEffect(() => {
    if (!loaded) return;
    // In a room that was never read, or whose log has been replaced, nothing is unread.
    const upTo = reading || read === null || read > last ? last : read;
    if (upTo !== read) storeRead(upTo);
    if (wasReading.current && !reading) setDivider(upTo);
    if (reading && divider !== null && divider >= last) setDivider(null);
    wasReading.current = reading;
  }, [last, reading, loaded]);

  const storeRead = (upTo: number) => {
    setRead(upTo);
    stored.write(key, String(upTo));
  };
  let count = 0;
  for (let id = last; read !== null && id > read; id--) {
    const message = messages.get(id);
    // Before the first that is loaded there may be a million more.
    if (!message) break;
    if (!message.deleted && !isMine(message)) count++;
  }
  return { divider, count: reading ? 0 : count, clear: () => setDivider(null) };
}

const messageId: Parse<number> = (text) => (/^\d{1,15}$/.test(text) ? Number(text) : null);
