import { useEffect, useRef } from "preact/hooks";
import type { Room } from "../../lib/index.js";
import { explain } from "../errors";
import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { paths } from "../route";
import { useSession } from "../session";
import { labelOf } from "./rooms";
import type { RoomInfo } from "./rooms";
import { useNews } from "./unread";

interface Props {
  info: RoomInfo;
  room: Room;
  rooms: readonly RoomInfo[];
  registered: boolean;
  moderates: boolean;
  /** The room whose tab was chosen last, until it is shown. */
  chosen: { current: string | null };
  onRoom: (name: string) => void;
  membersOpen: boolean;
  onMembers: () => void;
}

export function PaneHeader({ info, room, rooms, registered, moderates, chosen, onRoom, membersOpen, onMembers }: Props) {
  const settings = texts.rooms.title(labelOf(info));
  const problem = useReadable(room.problem);
  const members = useReadable(room.members);
  const tabs = useRef<HTMLElement>(null);
  const currentTab = () => tabs.current?.querySelector<HTMLElement>("[aria-current]");
  const labels = rooms.map(labelOf).join("\n");
  // The tabs may be wider than what is seen of them.
  useEffect(() => currentTab()?.scrollIntoView({ block: "nearest", inline: "nearest" }), [labels]);
  // Each room has a header of its own: the tab that was chosen was in another one.
  useEffect(() => {
    if (chosen.current === room.name) currentTab()?.focus();
    chosen.current = null;
  }, []);
  return (
    <header class="pane-header">
      <div class="title">
        <h2 id="chat-title">{texts.chat.title}</h2>
        <ConnectionStatus />
      </div>
      <div class="bar">
        <nav ref={tabs} aria-label={texts.chat.rooms} class="rooms">
          {rooms.map((each) => (
            <RoomTab key={each.name} info={each} current={each.name === room.name} onRoom={onRoom} />
          ))}
          {registered && (
            <a href={paths.newRoom} aria-label={texts.rooms.create} title={texts.rooms.create}>
              <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d={PLUS} />
              </svg>
            </a>
          )}
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
const PLUS = "M12 5v14M5 12h14";
const LENS = "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.2 15.2l5.3 5.3";

/** A button that shows a room, with a mark if there is something new in it. */
function RoomTab({ info, current, onRoom }: { info: RoomInfo; current: boolean; onRoom: (name: string) => void }) {
  const news = useNews(info) && !current;
  return (
    <button type="button" aria-current={current ? "true" : undefined} onClick={() => onRoom(info.name)}>
      {labelOf(info)}
      {news && (
        <>
          <span class="news" aria-hidden="true" />
          <span class="unseen"> – {texts.chat.newIn}</span>
        </>
      )}
    </button>
  );
}

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
