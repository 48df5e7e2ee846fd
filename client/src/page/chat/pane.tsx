import { useEffect, useRef, useState } from "preact/hooks";
import type { Message } from "../../lib/index.js";
import { useSession } from "../session";
import { texts } from "../i18n";
import { useReadable, useVisible } from "../hooks";
import { Announcer } from "./announcer";
import { useAsides } from "./system-messages";
import { Foot } from "./message-form";
import { PaneHeader } from "./header";
import { Members } from "./member-list";
import type { RoomInfo } from "./rooms";
import { useScroll } from "./scroll";
import { Stream } from "./message-list";
import { useUnread } from "./unread";
import { useWho } from "./current-user";

interface Props {
  info: RoomInfo;
  rooms: readonly RoomInfo[];
  /** Whether the pane can be seen: on a phone it is a page of its own. */
  seen: boolean;
  onRoom: (name: string) => void;
  onLogin: () => void;
  onUnread: (count: number) => void;
}

/** Messages that are loaded at a time when one scrolls up. */
const OLDER = 200;

/** One room: who is here, what is written, and where to write. */
export function Pane({ info, rooms, seen, onRoom, onLogin, onUnread }: Props) {
  const { client } = useSession();
  const room = client.room(info.name);
  const status = useReadable(client.status);
  const messages = useReadable(room.messages);
  const pending = useReadable(room.pending);
  const hasOlder = useReadable(room.hasOlder);
  const joined = useReadable(room.joined);
  const who = useWho();
  const asides = useAsides(client, room, who.nick);
  const [editing, setEditing] = useState<number | null>(null);
  const [membersOpen, openMembers] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const { first, last } = boundsOf(messages);
  const scroll = useScroll(frame, { first, last, older: hasOlder ? () => room.loadOlder(OLDER) : null });
  const attending = useVisible() && seen && scroll.atEnd;
  const unread = useUnread(info.name, messages, last, joined, attending, who.isMine);

  useEffect(() => void room.join().catch(() => undefined), [room]);
  useEffect(() => onUnread(unread.count), [unread.count]);

  const editLast = () => {
    const mine = [...messages.values()].reverse().find((one) => who.isMine(one) && who.mayChange(one));
    if (mine) setEditing(mine.id);
  };
  const sent = () => {
    unread.clear();
    scroll.toNewest();
  };
  return (
    <>
      <PaneHeader
        room={room}
        rooms={rooms}
        onRoom={onRoom}
        membersOpen={membersOpen}
        onMembers={() => openMembers(!membersOpen)}
      />
      <div class={membersOpen ? "room members-open" : "room"}>
        <div class="talk">
          <Stream
            {...{ room, who, messages, pending, asides, scroll, frame, editing }}
            divider={unread.divider !== null && unread.divider < last ? unread.divider : null}
            onEdit={setEditing}
          />
          {!scroll.atEnd && (
            <button type="button" class="newest" aria-label={texts.chat.toNewest} onClick={scroll.toNewest}>
              {texts.chat.newest(unread.count)} ↓
            </button>
          )}
          <Foot {...{ info, room, who, onLogin }} onSent={sent} onEditLast={editLast} />
        </div>
        <Members room={room} me={who.nick} id="members" />
      </div>
      <Announcer messages={messages} last={last} status={status} isMine={who.isMine} />
    </>
  );
}

function boundsOf(messages: ReadonlyMap<number, Message>): { first: number; last: number } {
  const [first] = messages.keys();
  return first === undefined ? { first: 1, last: 0 } : { first, last: first + messages.size - 1 };
}
