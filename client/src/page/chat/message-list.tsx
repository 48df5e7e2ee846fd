import { useRef, useState } from "preact/hooks";
import type { Message, Pending, Room, Segment } from "../../lib/index.js";
import { useReadable } from "../hooks";
import { texts } from "../i18n";
import type { CurrentUser } from "./current-user";
import { useListNavigation } from "./list-navigation";
import { MessageRow } from "./message";
import type { Target } from "./moderation";
import { PendingRow } from "./pending";
import { labelOf } from "./rooms";
import type { RoomInfo } from "./rooms";
import { buildRows } from "./rows";
import type { Row } from "./rows";
import type { useScroll } from "./scroll";
import type { SystemMessage } from "./system-messages";

interface Props {
  info: RoomInfo;
  room: Room;
  /** The messages that are shown instead of the newest. */
  segment: Segment | null;
  user: CurrentUser;
  messages: ReadonlyMap<number, Message>;
  pending: readonly Pending[];
  systemMessages: readonly SystemMessage[];
  scroll: ReturnType<typeof useScroll>;
  frame: { current: HTMLDivElement | null };
  divider: number | null;
  highlighted: number | null;
  editing: number | null;
  onEdit: (id: number | null) => void;
  onModerate: (target: Target) => void;
}

/** The messages in the window, the system messages between them, and the pending posts. */
export function MessageList(props: Props) {
  const { info, room, messages, pending, systemMessages, scroll, divider } = props;
  const hasOlder = useReadable((props.segment ?? room).hasOlder);
  const joined = useReadable(room.joined);
  const label = texts.chat.messages(labelOf(info));
  const list = useRef<HTMLOListElement>(null);
  const [active, setActive] = useState<number | null>(null);
  const { shown } = scroll;
  const rows = buildRows(messages, shown, systemMessages, divider);
  const tabStop = active !== null && active >= shown.from && active <= shown.end ? active : shown.end;
  const navigation = useListNavigation(list, setActive);
  const atBeginning = joined && !hasOlder && !messages.has(shown.from - 1);
  // What can be scrolled needs something that takes the focus, as messages do.
  const withoutMessages = rows.length > 0 && messages.size === 0 ? { tabIndex: 0, role: "group" as const, "aria-label": label } : {};
  return (
    <div class="frame" ref={props.frame} onScroll={scroll.onScroll} {...withoutMessages}>
      <p class="beginning" aria-hidden={!atBeginning}>
        {scroll.loading
          ? texts.chat.loadingOlder
          : atBeginning && beginningOf(messages, info)}
      </p>
      <ol ref={list} class="stream" aria-label={label} {...navigation}>
        {rows.map((row) => (
          <ListRow key={row.key} row={row} active={tabStop} {...props} />
        ))}
        {shown.followsNewest && pending.map((post) => <PendingRow key={post.key} pending={post} room={room} />)}
      </ol>
    </div>
  );
}

/** Return what is said above the oldest message, or in place of messages. */
function beginningOf(messages: ReadonlyMap<number, Message>, { archived, first_id }: RoomInfo): string {
  const [oldest] = messages.keys();
  // Ids begin with 1, and older messages are gone where the room has a retention.
  if (oldest === undefined && first_id > 1) return texts.chat.allRemoved;
  if (oldest !== undefined && oldest > 1) return texts.chat.olderRemoved;
  return oldest !== undefined || archived ? texts.chat.beginning : texts.chat.empty;
}

function ListRow(props: Props & { row: Row; active: number }) {
  const { row, active, room, user, editing, highlighted, onEdit, onModerate } = props;
  if (row.kind === "day") return <li class="row day"><span>{row.day}</span></li>;
  if (row.kind === "unread") return <li class="row unread"><span>{texts.chat.unread}</span></li>;
  if (row.kind === "system") return <SystemMessageRow systemMessage={row.systemMessage} />;
  const { message, first } = row;
  const { nick, verified, id } = message;
  const moderate = () => onModerate({ room: room.name, nick, verified, message: id });
  return (
    <MessageRow
      message={message}
      room={room}
      first={first}
      mine={user.isMine(message)}
      mayChange={user.mayChange(message)}
      mayDelete={user.mayDelete(message)}
      active={active === message.id}
      highlighted={highlighted === message.id}
      editing={editing === message.id}
      onEdit={onEdit}
      onModerate={user.moderates && !user.isMine(message) ? moderate : null}
    />
  );
}

function SystemMessageRow({ systemMessage }: { systemMessage: SystemMessage }) {
  return (
    <li class={`row aside ${systemMessage.kind}`}>
      <p dir="auto">{systemMessage.text}</p>
      {systemMessage.kind === "notice" && <small>{texts.chat.onlyYou}</small>}
    </li>
  );
}
