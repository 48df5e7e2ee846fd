import type { Message } from "../../lib/index.js";
import { texts } from "../i18n";

const TINTS = 8;

/** Who wrote it: the name, a tint to tell people apart, and a mark for who is registered. */
export function Author({ message, mine }: { message: Message; mine: boolean }) {
  return (
    <p class="author">
      <Tint nick={message.nick} />
      <span class="nick" dir="auto">
        {message.nick}
      </span>
      {message.verified && <Mark />}
      {mine && <span class="unseen">{` (${texts.chat.you})`}</span>}
    </p>
  );
}

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 16 16" role="img" aria-label={texts.chat.registered}>
      <title>{texts.chat.registered}</title>
      <path d="M3.5 8.5l3 3 6-7" />
    </svg>
  );
}

export function Tint({ nick }: { nick: string }) {
  return (
    <span class={`tint tint-${tintOf(nick)}`} aria-hidden="true">
      {[...nick][0]?.toUpperCase()}
    </span>
  );
}

function tintOf(nick: string): number {
  let sum = 0;
  for (const char of nick) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 9973;
  return sum % TINTS;
}
