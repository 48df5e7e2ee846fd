import type { Room } from "../../lib/index.js";
import { explain } from "../errors";
import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { paths } from "../route";
import { useSession } from "../session";
import { labelOf } from "./rooms";
import type { RoomInfo } from "./rooms";

interface Props {
  info: RoomInfo;
  room: Room;
  rooms: readonly RoomInfo[];
  moderates: boolean;
  onRoom: (name: string) => void;
  membersOpen: boolean;
  onMembers: () => void;
}

export function PaneHeader({ info, room, rooms, moderates, onRoom, membersOpen, onMembers }: Props) {
  const settings = texts.rooms.title(labelOf(info));
  const problem = useReadable(room.problem);
  const members = useReadable(room.members);
  return (
    <header class="pane-header">
      <div class="title">
        <h2 id="chat-title">{texts.chat.title}</h2>
        <ConnectionStatus />
      </div>
      <div class="bar">
        <nav aria-label={texts.chat.rooms} class="rooms">
          {rooms.map((each) => (
            <button
              key={each.name}
              type="button"
              aria-current={each.name === room.name ? "true" : undefined}
              onClick={() => onRoom(each.name)}
            >
              {labelOf(each)}
            </button>
          ))}
        </nav>
        <a class="find" href={paths.search()} aria-label={texts.search.title} title={texts.search.title}>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d={LENS} />
          </svg>
        </a>
        {moderates && !problem && (
          <a class="settings" href={paths.room(room.name)} aria-label={settings} title={settings}>
            <svg viewBox="0 0 24 24" aria-hidden="true">
              <path d={SETTINGS} />
            </svg>
          </a>
        )}
        {!problem && (
          <button type="button" class="who" aria-expanded={membersOpen} aria-controls="members" onClick={onMembers}>
            {texts.chat.here(members.length)}
          </button>
        )}
      </div>
    </header>
  );
}

const SETTINGS = "M4 7h9m5 0h2M4 17h2m5 0h9M13 7a2.5 2.5 0 1 0 5 0 2.5 2.5 0 1 0-5 0zM6 17a2.5 2.5 0 1 0 5 0 2.5 2.5 0 1 0-5 0z";
const LENS = "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.2 15.2l5.3 5.3";

function ConnectionStatus() {
  const { client } = useSession();
  const status = useReadable(client.status);
  const problem = useReadable(client.problem);
  const banned = status === "refused" && problem?.code === "banned";
  return (
    <p class={`connection ${status}`} role={banned ? "alert" : undefined} title={banned ? explain(problem) : undefined}>
      <span class="dot" aria-hidden="true" />
      {banned ? texts.moderation.youAreBanned : texts.status[status]}
    </p>
  );
}
