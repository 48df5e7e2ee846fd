import type { Room } from "../../lib/index.js";
import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { useSession } from "../session";
import { labelOf } from "./rooms";
import type { RoomInfo } from "./rooms";

interface Props {
  room: Room;
  rooms: readonly RoomInfo[];
  onRoom: (name: string) => void;
  membersOpen: boolean;
  onMembers: () => void;
}

export function PaneHeader({ room, rooms, onRoom, membersOpen, onMembers }: Props) {
  const members = useReadable(room.members);
  return (
    <header class="pane-header">
      <div class="title">
        <h2 id="chat-title">{texts.chat.title}</h2>
        <ConnectionStatus />
      </div>
      <div class="bar">
        <nav aria-label={texts.chat.rooms} class="rooms">
          {rooms.map((info) => (
            <button
              key={info.name}
              type="button"
              aria-current={info.name === room.name ? "true" : undefined}
              onClick={() => onRoom(info.name)}
            >
              {labelOf(info)}
            </button>
          ))}
        </nav>
        <button type="button" class="who" aria-expanded={membersOpen} aria-controls="members" onClick={onMembers}>
          {texts.chat.here(members.length)}
        </button>
      </div>
    </header>
  );
}

function ConnectionStatus() {
  const { client } = useSession();
  const status = useReadable(client.status);
  const problem = useReadable(client.problem);
  const banned = status === "refused" && problem?.code === "banned";
  return (
    <p class={`connection ${status}`} role={banned ? "alert" : undefined} title={banned ? problem.detail : undefined}>
      <span class="dot" aria-hidden="true" />
      {banned ? texts.moderation.youAreBanned : texts.status[status]}
    </p>
  );
}
