import type { Room } from "../../lib/index.js";
import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { useSession } from "../session";
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
          {rooms.map(({ name }) => (
            <button
              key={name}
              type="button"
              aria-current={name === room.name ? "true" : undefined}
              onClick={() => onRoom(name)}
            >
              {texts.chat.room(name)}
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
  return (
    <p class={`connection ${status}`}>
      <span class="dot" aria-hidden="true" />
      {texts.status[status]}
    </p>
  );
}
