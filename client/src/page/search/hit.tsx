import type { SearchHit } from "../../lib/index.js";
import { VerifiedBadge } from "../chat/author";
import { labelIn } from "../chat/rooms";
import type { RoomInfo } from "../chat/rooms";
import { formatDate, formatDateTime, formatTime } from "../format";
import { follow, paths } from "../route";

interface Props {
  hit: SearchHit;
  rooms: readonly RoomInfo[];
  onOpen: ((room: string, message: number) => void) | null;
}

/** A message that was found: its room, author, time, and why; a link to it. */
export function Hit({ hit, rooms, onOpen }: Props) {
  const open = onOpen && (() => onOpen(hit.room, hit.id));
  return (
    <a href={paths.message(hit.room, hit.id)} onClick={(event) => follow(event, open)}>
      <span class="where">
        <span class="in">{labelIn(rooms, hit.room)}</span>
        <b dir="auto">{hit.nick}</b>
        {hit.verified && <VerifiedBadge />}
        <time dateTime={hit.time} title={formatDateTime(hit.time)}>
          {formatDate(hit.time)} {formatTime(hit.time)}
        </time>
      </span>
      <span class="excerpt" dir="auto">
        {hit.excerpt.map(({ text, match }, at) => (match ? <mark key={at}>{text}</mark> : text))}
      </span>
    </a>
  );
}
