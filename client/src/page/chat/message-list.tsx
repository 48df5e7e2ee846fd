import { useRef, useState } from "preact/hooks";
import type { Message, Pending, Room } from "../../lib/index.js";
import { texts } from "../i18n";
import { useReadable } from "../hooks";
import type { Aside } from "./system-messages";
import { useListKeys } from "./list-navigation";
import { MessageRow } from "./message";
import { PendingRow } from "./pending";
import { rowsOf } from "./rows";
import type { Row } from "./rows";
import type { useScroll } from "./scroll";
import type { WhoIAm } from "./current-user";

interface Props {
  room: Room;
  who: WhoIAm;
  messages: ReadonlyMap<number, Message>;
  pending: readonly Pending[];
  asides: readonly Aside[];
  scroll: ReturnType<typeof useScroll>;
  frame: { current: HTMLDivElement | null };
  divider: number | null;
  editing: number | null;
  onEdit: (id: number | null) => void;
}

/** The messages that are in the window, with what is told beside them and what is on its way. */
export function Stream(props: Props) {
  const { room, messages, pending, asides, scroll, divider } = props;
  const hasOlder = useReadable(room.hasOlder);
  const joined = useReadable(room.joined);
  const list = useRef<HTMLOListElement>(null);
  const [active, setActive] = useState<number | null>(null);
  const { shown } = scroll;
  const rows = rowsOf(messages, shown, asides, divider);
  const reachable = active !== null && active >= shown.from && active <= shown.end ? active : shown.end;
  const keys = useListKeys(list, setActive);
  const began = joined && !hasOlder && !messages.has(shown.from - 1);
  return (
    <div class="frame" ref={props.frame} onScroll={scroll.scrolled}>
      <p class="beginning" aria-hidden={!began}>
        {scroll.loading ? texts.chat.loadingOlder : began && (messages.size ? texts.chat.beginning : texts.chat.empty)}
      </p>
      <ol ref={list} class="stream" aria-label={texts.chat.messages(texts.chat.room(room.name))} {...keys}>
        {rows.map((row) => (
          <Line key={row.key} row={row} active={reachable} {...props} />
        ))}
        {shown.follows && pending.map((one) => <PendingRow key={one.key} pending={one} room={room} />)}
      </ol>
    </div>
  );
}

function Line({ row, active, room, who, editing, onEdit }: Props & { row: Row; active: number }) {
  if (row.kind === "day") return <li class="row day"><span>{row.day}</span></li>;
  if (row.kind === "unread") return <li class="row unread"><span>{texts.chat.unread}</span></li>;
  if (row.kind === "aside") return <AsideRow aside={row.aside} />;
  const { message, first } = row;
  return (
    <MessageRow
      message={message}
      room={room}
      first={first}
      mine={who.isMine(message)}
      mayChange={who.mayChange(message)}
      active={active === message.id}
      editing={editing === message.id}
      onEdit={onEdit}
    />
  );
}

function AsideRow({ aside }: { aside: Aside }) {
  return (
    <li class={`row aside ${aside.kind}`}>
      <p dir="auto">{aside.text}</p>
      {aside.kind === "notice" && <small>{texts.chat.onlyYou}</small>}
    </li>
  );
}
