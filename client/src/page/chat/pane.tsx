import { useEffect, useRef, useState } from "preact/hooks";
import type { Message } from "../../lib/index.js";
import { usePageVisible, useReadable } from "../hooks";
import { texts } from "../i18n";
import { useSession } from "../session";
import { Announcer } from "./announcer";
import { useCurrentUser } from "./current-user";
import { PaneHeader } from "./header";
import { useJump } from "./jump";
import type { Target } from "./jump";
import { MemberList } from "./member-list";
import { MessageForm } from "./message-form";
import { MessageList } from "./message-list";
import { ModerationDialog } from "./moderation";
import type { Target as Moderated } from "./moderation";
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
  /** The message to show, of this room. */
  target: Target | null;
  /** Called when the user leaves the target. */
  onTargetLeft: () => void;
  /** The room whose tab was chosen last, until it is shown. */
  chosen: { current: string | null };
  onRoom: (name: string) => void;
  onLogin: () => void;
  onUnread: (count: number) => void;
}

/** The number of older or newer messages that are loaded at a time. */
const PAGE_SIZE = 200;

/** A room: its header, messages, members and message form. */
export function Pane({ info, rooms, visible, target, onTargetLeft, chosen, onRoom, onLogin, onUnread }: Props) {
  const { client, account } = useSession();
  const room = client.room(info.name);
  const status = useReadable(client.status);
  const messages = useReadable(room.messages);
  const pending = useReadable(room.pending);
  const segment = useReadable(room.segment);
  const shown = useReadable((segment ?? room).messages);
  const hasOlder = useReadable((segment ?? room).hasOlder);
  const { token } = useReadable(account);
  const joined = useReadable(room.joined);
  const user = useCurrentUser(info.archived !== null);
  const systemMessages = useSystemMessages(client, room, user.nick);
  const [editing, setEditing] = useState<number | null>(null);
  const [membersOpen, setMembersOpen] = useState(false);
  const [moderating, setModerating] = useState<Moderated | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const { last } = boundsOf(messages);
  const scroll = useScroll(frame, {
    ...boundsOf(shown),
    older: hasOlder ? () => (segment ?? room).loadOlder(PAGE_SIZE) : null,
    newer: segment && (() => segment.loadNewer(PAGE_SIZE)),
  });
  const jump = useJump(room, target, token, scroll.scrollTo);
  const reading = usePageVisible() && visible && scroll.atEnd && !jump.loading;
  const unread = useUnread(info.name, messages, last, joined, reading, user.isMine);

  useEffect(() => void room.join().catch(() => undefined), [room]);
  // Nothing is sent of what retention removes.
  useEffect(() => room.dropBefore(info.first_id), [room, info.first_id, joined]);
  useEffect(() => onUnread(unread.count), [unread.count]);

  const editLast = () => {
    const newest = [...messages.values()].reverse();
    const mine = newest.find((message) => user.isMine(message) && user.mayChange(message));
    if (mine) setEditing(mine.id);
  };
  const showNewest = () => {
    jump.end();
    onTargetLeft();
    scroll.scrollToNewest();
  };
  const onSent = () => {
    unread.clear();
    showNewest();
  };
  const onDismiss = () => {
    jump.end();
    onTargetLeft();
  };
  return (
    <>
      <PaneHeader
        info={info}
        room={room}
        rooms={rooms}
        registered={user.registered}
        moderates={user.moderates}
        chosen={chosen}
        onRoom={onRoom}
        membersOpen={membersOpen}
        onMembers={() => setMembersOpen(!membersOpen)}
      />
      <div class={membersOpen ? "room members-open" : "room"}>
        <div class="talk">
          {/* Always there, so that it is announced when it gets its text. */}
          <div class={jump.problem ? "jump" : "unseen"}>
            <p role="status">{jump.problem}</p>
            {jump.problem && (
              <button type="button" class="quiet" aria-label={texts.account.close} onClick={onDismiss}>
                ×
              </button>
            )}
          </div>
          <MessageList
            {...{ info, room, segment, user, pending, systemMessages, scroll, frame }}
            messages={shown}
            highlighted={jump.highlighted}
            editing={info.archived || user.banned ? null : editing}
            divider={unread.divider !== null && unread.divider < last ? unread.divider : null}
            onEdit={setEditing}
            onModerate={setModerating}
          />
          {!scroll.atEnd && (
            <button type="button" class="newest" aria-label={texts.chat.toNewest} onClick={showNewest}>
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
