import { useEffect, useState } from "preact/hooks";
import { api } from "../api";
import { useCurrentUser } from "../chat/current-user";
import { labelOf } from "../chat/rooms";
import type { RoomInfo } from "../chat/rooms";
import { messageOf } from "../errors";
import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { paths } from "../route";
import { useSession } from "../session";
import { RoomForms } from "./forms";

export interface Room extends RoomInfo {
  /** How long messages stay; 0 is for ever. */
  retention_days: number;
  retention_messages: number;
}

/** The settings of a room, for moderators. */
export function RoomPage({ name }: { name: string }) {
  const session = useSession();
  const { token } = useReadable(session.account);
  const { moderates } = useCurrentUser();
  const [room, setRoom] = useState<Room | null>(null);
  const [error, setError] = useState("");
  const changed = useReadable(session.client.roomChanges);
  const path = `/chat/rooms/${encodeURIComponent(name)}`;
  const allowed = token !== null && moderates;
  useEffect(() => {
    if (!allowed) return;
    setError("");
    void api<Room>(path, { token }).then(setRoom, (reason: unknown) => {
      setRoom(null);
      setError(messageOf(reason));
    });
  }, [allowed, token, path, changed]);

  const label = room ? labelOf(room) : texts.chat.room(name);
  return (
    <>
      <a class="back" href={paths.chat(name)}>
        ← {label}
      </a>
      <h1 tabIndex={-1}>{texts.rooms.title(label)}</h1>
      {!allowed && <p class="none">{texts.rooms.moderatorsOnly}</p>}
      {error && <p class="fault" role="alert">{error}</p>}
      {allowed && room && <RoomForms {...{ room, path, token }} onChange={setRoom} />}
    </>
  );
}
