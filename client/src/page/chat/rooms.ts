import { useEffect, useState } from "preact/hooks";
import type { Status } from "../../lib/index.js";
import { api } from "../api";

export interface RoomInfo {
  name: string;
  guests: "post" | "read" | "none";
}

/** Shown until the server has told which rooms there are: every me-api has this one. */
const LOBBY: RoomInfo = { name: "lobby", guests: "post" };

/** The rooms that one may read, asked for whenever one is connected anew or as somebody else. */
export function useRooms(status: Status, token: string | null): readonly RoomInfo[] {
  const [rooms, setRooms] = useState<readonly RoomInfo[]>([LOBBY]);
  const live = status === "live";
  useEffect(() => {
    if (!live) return;
    // Whoever loses the connection meanwhile asks again with the next one.
    void api<RoomInfo[]>("/chat/rooms", { token }).then(setRooms, () => undefined);
  }, [live, token]);
  return rooms;
}
