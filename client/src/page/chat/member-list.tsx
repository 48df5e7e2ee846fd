import type { Room } from "../../lib/index.js";
import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { Avatar, VerifiedBadge } from "./author";

export function MemberList({ room, me, id }: { room: Room; me: string | null; id: string }) {
  const members = [...useReadable(room.members)].sort((a, b) => a.nick.localeCompare(b.nick));
  return (
    <aside class="members" id={id} aria-label={texts.chat.whoIsHere}>
      <h3>{texts.chat.whoIsHere}</h3>
      {members.length === 0 && <p class="none">{texts.chat.nobody}</p>}
      <ul>
        {members.map((member) => (
          <li key={`${member.nick}-${member.verified}`}>
            <Avatar nick={member.nick} />
            <span class="nick" dir="auto">{member.nick}</span>
            {member.verified && <VerifiedBadge />}
            {member.nick === me && <span class="you">{texts.chat.you}</span>}
          </li>
        ))}
      </ul>
    </aside>
  );
}
