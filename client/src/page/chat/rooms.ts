import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../api";
import { usePageVisible, useReadable, useTime } from "../hooks";
import { texts } from "../i18n";
import { useSession } from "../session";

export const GUESTS = ["post", "read", "none"] as const;

export interface RoomInfo {
  name: string;
  title: string;
  guests: (typeof GUESTS)[number];
  /** Since when it can only be read. */
  archived: string | null;
  /** The id of the oldest message that has not been removed; greater than `last_id` if there is none. */
  first_id: number;
  last_id: number;
}

/** The room that every me-api has; shown until the list of rooms is loaded. */
const LOBBY: RoomInfo = { name: "lobby", title: "lobby", guests: "post", archived: null, first_id: 1, last_id: 0 };
/** Milliseconds after which the list is read again, while the page is seen. */
export const REFRESH = 30_000;

/**
 * Return the readable rooms, or null before they are loaded. Reloaded on a new connection or token,
 * when one has changed or another one is `selected`, and regularly: nothing is sent of rooms that are
 * not joined.
 */
export function useRooms(selected: string | null = null): readonly RoomInfo[] | null {
  const { client, account, changes } = useSession();
  const [rooms, setRooms] = useState<readonly RoomInfo[] | null>(null);
  const live = useReadable(client.status) === "live";
  const { token } = useReadable(account);
  const changed = useReadable(client.roomChanges) + useReadable(changes);
  // A room that is closed to this user is not in the list, until it is joined again.
  const problem = useReadable(client.room(selected ?? LOBBY.name).problem)?.code;
  const visible = usePageVisible();
  const time = useTime(REFRESH, live && visible);
  useEffect(() => {
    if (!live || !visible) return;
    let latest = true;
    // Errors are ignored: the next connection loads the list again.
    void api<RoomInfo[]>("/chat/rooms", { token }).then(
      (all) => latest && setRooms(all),
      () => undefined,
    );
    return () => void (latest = false);
  }, [live, visible, time, token, changed, selected, problem]);
  return rooms;
}

/**
 * Return the room of this name; without a name, the lobby or the first one. A room that is in the
 * list no longer is returned as it was.
 */
export function useRoom(rooms: readonly RoomInfo[] | null, name: string | null): RoomInfo {
  const last = useRef<RoomInfo | null>(null);
  const wanted = name ?? LOBBY.name;
  let room = rooms?.find((each) => each.name === wanted) ?? (name === null ? rooms?.[0] : undefined);
  if (!room) room = last.current?.name === wanted ? last.current : { ...LOBBY, name: wanted, title: wanted };
  last.current = room;
  return room;
}

/** The label of the room of this name, also of one that is not in the list. */
export function labelIn(rooms: readonly RoomInfo[] | null, name: string): string {
  const room = rooms?.find((each) => each.name === name);
  return room ? labelOf(room) : texts.chat.room(name);
}

/** The name of a room as it is shown: its title, if it has been given one. */
export function labelOf({ name, title }: RoomInfo): string {
  return title === name ? texts.chat.room(name) : title;
}
