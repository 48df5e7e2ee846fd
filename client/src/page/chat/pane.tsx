import { useEffect, useRef, useState } from "preact/hooks";
import type { Message } from "../../lib/index.js";
import { usePageVisible, useReadable } from "../hooks";
import { texts } from "../i18n";
import { useSession } from "../session";
import { Announcer } from "./announcer";
import { useCurrentUser } from "./current-user";
import { PaneHeader } from "./header";
import { MemberList } from "./member-list";
import { MessageForm } from "./message-form";
import { MessageList } from "./message-list";
import { ModerationDialog } from "./moderation";
import type { Target } from "./moderation";
import { labelOf } from "./rooms";
import type { RoomInfo } from "./rooms";
import { useScroll } from "./scroll";
import { useSystemMessages } from "./system-messages";
import { useUnread } from "./unread";

interface Props {
  info: RoomInfo;
  rooms: readonly RoomInfo[];
  /** Whether the pane is visible; on a phone it is a view of its own. */
  visible: boolean;
  onRoom: (name: string) => void;
  onLogin: () => void;
  onUnread: (count: number) => void;
}

/** The number of older messages that are loaded at a time. */
const OLDER_PAGE_SIZE = 200;

/** A room: its header, messages, members and message form. */
export function Pane({ info, rooms, visible, onRoom, onLogin, onUnread }: Props) {
  const { client } = useSession();
  const room = client.room(info.name);
  const status = useReadable(client.status);
  const messages = useReadable(room.messages);
  const pending = useReadable(room.pending);
  const hasOlder = useReadable(room.hasOlder);
  const joined = useReadable(room.joined);
  const user = useCurrentUser(info.archived !== null);
  const systemMessages = useSystemMessages(client, room, user.nick);
  const [editing, setEditing] = useState<number | null>(null);
  const [membersOpen, setMembersOpen] = useState(false);
  const [moderating, setModerating] = useState<Target | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const { first, last } = boundsOf(messages);
  const scroll = useScroll(frame, { first, last, older: hasOlder ? () => room.loadOlder(OLDER_PAGE_SIZE) : null });
  const reading = usePageVisible() && visible && scroll.atEnd;
  const unread = useUnread(info.name, messages, last, joined, reading, user.isMine);

  useEffect(() => void room.join().catch(() => undefined), [room]);
  useEffect(() => onUnread(unread.count), [unread.count]);

  const editLast = () => {
    const newest = [...messages.values()].reverse();
    const mine = newest.find((message) => user.isMine(message) && user.mayChange(message));
    if (mine) setEditing(mine.id);
  };
  const onSent = () => {
    unread.clear();
    scroll.scrollToNewest();
  };
  return (
    <>
      <PaneHeader
        info={info}
        room={room}
        rooms={rooms}
        moderates={user.moderates}
        onRoom={onRoom}
        membersOpen={membersOpen}
        onMembers={() => setMembersOpen(!membersOpen)}
      />
      <div class={membersOpen ? "room members-open" : "room"}>
        <div class="talk">
          <MessageList
            {...{ info, room, user, messages, pending, systemMessages, scroll, frame }}
            editing={info.archived ? null : editing}
            divider={unread.divider !== null && unread.divider < last ? unread.divider : null}
            onEdit={setEditing}
            onModerate={setModerating}
          />
          {!scroll.atEnd && (
            <button type="button" class="newest" aria-label={texts.chat.toNewest} onClick={scroll.scrollToNewest}>
              {texts.chat.newest(unread.count)} ↓
            </button>
          )}
          <MessageForm {...{ info, room, user, onLogin, onSent }} onEditLast={editLast} />
        </div>
        <MemberList room={room} me={user.nick} id="members" onModerate={user.moderates ? setModerating : null} />
      </div>
      {moderating && <ModerationDialog label={labelOf(info)} target={moderating} onClose={() => setModerating(null)} />}
      <Announcer messages={messages} last={last} status={status} isMine={user.isMine} />
    </>
  );
}

function boundsOf(messages: ReadonlyMap<number, Message>): { first: number; last: number } {
  const [first] = messages.keys();
  return first === undefined ? { first: 1, last: 0 } : { first, last: first + messages.size - 1 };
}
