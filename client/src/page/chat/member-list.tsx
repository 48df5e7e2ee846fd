import type { Room } from "../../lib/index.js";
import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { Avatar, VerifiedBadge } from "./author";
import type { Target } from "./moderation";

interface Props {
  room: Room;
  me: string | null;
  id: string;
  /** Opens the dialog about a member; null for those who may not moderate. */
  onModerate: ((target: Target) => void) | null;
}

export function MemberList({ room, me, id, onModerate }: Props) {
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
            {onModerate && member.nick !== me && (
              <button
                type="button"
                class="quiet moderate"
                aria-haspopup="dialog"
                aria-label={texts.moderation.openFor(member.nick)}
                title={texts.moderation.openFor(member.nick)}
                onClick={() => onModerate({ room: room.name, ...member, message: null })}
              >
                …
              </button>
            )}
          </li>
        ))}
      </ul>
    </aside>
  );
}
