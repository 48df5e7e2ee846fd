import { useEffect, useState } from "preact/hooks";
import type { Status } from "../../lib/index.js";
import { api } from "../api";

export interface RoomInfo {
  name: string;
  guests: "post" | "read" | "none";
}

/** What every me-api has; shown until the server has told which rooms there are. */
const LOBBY: RoomInfo = { name: "lobby", guests: "post" };

/** The rooms that one may read, asked for whenever one is connected anew or as somebody else. */
export function useRooms(status: Status, token: string | null): readonly RoomInfo[] | null {
  const [rooms, setRooms] = useState<readonly RoomInfo[] | null>(null);
  const live = status === "live";
  useEffect(() => {
    if (!live) return;
    // Whoever loses the connection meanwhile asks again with the next one.
    void api<RoomInfo[]>("/chat/rooms", { token }).then(setRooms, () => undefined);
  }, [live, token]);
  return rooms;
}

/** The room of this name; until the rooms are known it is believed that there is one. */
export function find(rooms: readonly RoomInfo[] | null, name: string): RoomInfo {
  const found = rooms?.find((room) => room.name === name);
  return found ?? (rooms === null ? { ...LOBBY, name } : (rooms[0] ?? LOBBY));
}
