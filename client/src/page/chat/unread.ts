import { useEffect, useRef, useState } from "preact/hooks";
import type { Client, Message, Readable } from "../../lib/index.js";
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
export function useNews(info: RoomInfo): boolean {
  const { client } = useSession();
  const room = client.room(info.name);
  useReadable(room.messages);
  useReadable(room.joined);
  useReadable(room.problem);
  const { isMine } = useCurrentUser();
  return unreadIn(client, info, isMine) > 0;
}

/** Return how many messages are unread in all rooms of the list but the one that is shown. */
export function useUnreadElsewhere(rooms: readonly RoomInfo[], shown: string): number {
  const { client } = useSession();
  const { nick, registered, isMine } = useCurrentUser();
  const [count, setCount] = useState(0);
  useEffect(() => {
    const others = rooms.filter(({ name }) => name !== shown);
    const sum = () => others.reduce((total, info) => total + unreadIn(client, info, isMine), 0);
    // A store calls each new subscriber at once: what is unread is counted when all have been called.
    let subscribed = false;
    const update = () => subscribed && setCount(sum());
    const ends = others.flatMap(({ name }) => {
      const { messages, joined, problem } = client.room(name);
      return [messages, joined, problem].map((store: Readable<unknown>) => store.subscribe(update));
    });
    subscribed = true;
    update();
    return () => ends.forEach((end) => end());
  }, [client, rooms, shown, nick, registered]);
  return count;
}

/**
 * Return how many messages are unread in a room that is not shown. Nothing is sent of a room that is
 * not joined, so that all after the last that was read count there, also one's own and deleted ones.
 */
function unreadIn(client: Client, { name, last_id }: RoomInfo, isMine: (message: Message) => boolean): number {
  const { messages, joined, problem } = client.room(name);
  const read = stored.read(keyOf(name), messageId);
  // As in an open room, nothing is unread where nothing was read before; nor where nothing can be.
  if (read === null || problem.value !== null) return 0;
  if (!joined.value) return Math.max(0, last_id - read);
  const [first = 1] = messages.value.keys();
  const last = first + messages.value.size - 1;
  const count = countUnread(messages.value, last, read, isMine);
  // One's own that are stored after the room was left would count when it is not joined any more.
  if (count === 0 && messages.value.has(read + 1)) stored.write(keyOf(name), String(last));
  return count;
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
