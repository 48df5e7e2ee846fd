import { useEffect, useRef, useState } from "preact/hooks";
import type { Message } from "../../lib/index.js";
import type { Parse } from "../../lib/safe-storage.js";
import { useReadable } from "../hooks";
import { useSession } from "../session";
import { stored } from "../storage";
import { useCurrentUser } from "./current-user";
import type { RoomInfo } from "./rooms";

export interface Unread {
  /** The last message that was read before the user looked away; the divider follows it. */
  divider: number | null;
  count: number;
}

/** Whether there is something new in a room that is not shown, since it was read last. */
export function useNews({ name, last_id }: RoomInfo): boolean {
  const room = useSession().client.room(name);
  const messages = useReadable(room.messages);
  const joined = useReadable(room.joined);
  const { isMine } = useCurrentUser();
  const read = stored.read(keyOf(name), messageId);
  // As in an open room, nothing is unread where nothing was read before.
  if (read === null) return false;
  if (!joined) return last_id > read;
  const [first = 1] = messages.keys();
  return countUnread(messages, first + messages.size - 1, read, isMine) > 0;
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
  const key = keyOf(room);
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
  const count = reading || read === null ? 0 : countUnread(messages, last, read, isMine);
  return { divider, count, clear: () => setDivider(null) };
}

function countUnread(
  messages: ReadonlyMap<number, Message>,
  last: number,
  read: number,
  isMine: (message: Message) => boolean,
): number {
  let count = 0;
  for (let id = last; id > read; id--) {
    const message = messages.get(id);
    // Before the first that is loaded there may be a million more.
    if (!message) break;
    if (!message.deleted && !isMine(message)) count++;
  }
  return count;
}

const keyOf = (room: string) => `me-api:read:${room}`;
const messageId: Parse<number> = (text) => (/^\d{1,15}$/.test(text) ? Number(text) : null);
