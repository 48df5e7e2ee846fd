import type { Room } from "../../lib/index.js";
import { texts } from "../i18n";
import { useReadable } from "../hooks";
import { Mark, Tint } from "./author";

/** Who is here. */
export function Members({ room, me, id }: { room: Room; me: string | null; id: string }) {
  const members = [...useReadable(room.members)].sort((one, other) => one.nick.localeCompare(other.nick));
  return (
    <aside class="members" id={id} aria-label={texts.chat.whoIsHere}>
      <h3>{texts.chat.whoIsHere}</h3>
      {members.length === 0 && <p class="none">{texts.chat.nobody}</p>}
      <ul>
        {members.map((member) => (
          <li key={`${member.nick}-${member.verified}`}>
            <Tint nick={member.nick} />
            <span class="nick" dir="auto">{member.nick}</span>
            {member.verified && <Mark />}
            {member.nick === me && <span class="you">{texts.chat.you}</span>}
          </li>
        ))}
      </ul>
    </aside>
  );
}
