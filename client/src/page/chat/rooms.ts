import { useEffect, useState } from "preact/hooks";
import type { Status } from "../../lib/index.js";
import { api } from "../api";
import { texts } from "../i18n";

export interface RoomInfo {
  name: string;
  title: string;
  guests: "post" | "read" | "none";
  /** Since when it can only be read. */
  archived: string | null;
}

/** The room that every me-api has; shown until the list of rooms is loaded. */
const LOBBY: RoomInfo = { name: "lobby", title: "lobby", guests: "post", archived: null };

/** Return the readable rooms, or null before they are loaded. Reloaded on a new connection or token, and when one has changed. */
export function useRooms(status: Status, token: string | null, changes: number): readonly RoomInfo[] | null {
  const [rooms, setRooms] = useState<readonly RoomInfo[] | null>(null);
  const live = status === "live";
  useEffect(() => {
    if (!live) return;
    // Errors are ignored: the next connection loads the list again.
    void api<RoomInfo[]>("/chat/rooms", { token }).then(setRooms, () => undefined);
  }, [live, token, changes]);
  return rooms;
}

/** Return the room of this name, or the first one. Before the list is loaded, assume that it exists. */
export function findRoom(rooms: readonly RoomInfo[] | null, name: string): RoomInfo {
  const found = rooms?.find((room) => room.name === name);
  return found ?? (rooms === null ? { ...LOBBY, name } : (rooms[0] ?? LOBBY));
}

/** The name of a room as it is shown: its title, if it has been given one. */
export function labelOf({ name, title }: RoomInfo): string {
  return title === name ? texts.chat.room(name) : title;
}
