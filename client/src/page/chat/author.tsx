import type { Message } from "../../lib/index.js";
import { texts } from "../i18n";

const AVATAR_COLOURS = 8;

/** The author of a message: avatar, nick, and a badge for registered users. */
export function Author({ message, mine }: { message: Message; mine: boolean }) {
  return (
    <p class="author">
      <Avatar nick={message.nick} />
      <span class="nick" dir="auto">
        {message.nick}
      </span>
      {message.verified && <VerifiedBadge />}
      {mine && <span class="unseen">{` (${texts.chat.you})`}</span>}
    </p>
  );
}

export function VerifiedBadge() {
  return (
    <svg class="mark" viewBox="0 0 16 16" role="img" aria-label={texts.chat.registered}>
      <title>{texts.chat.registered}</title>
      <path d="M3.5 8.5l3 3 6-7" />
    </svg>
  );
}

/** The initial of a nick, in a colour derived from the nick. */
export function Avatar({ nick }: { nick: string }) {
  return (
    <span class={`tint tint-${colourOf(nick)}`} aria-hidden="true">
      {[...nick][0]?.toUpperCase()}
    </span>
  );
}

function colourOf(nick: string): number {
  let hash = 0;
  for (const char of nick) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 9973;
  return hash % AVATAR_COLOURS;
}
