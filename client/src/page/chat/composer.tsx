import { useRef, useState } from "preact/hooks";
import type { Room } from "../../lib/index.js";
import { texts } from "../i18n";
import { useKept } from "../hooks";
import { complete, hintsFor } from "./commands";
import type { Command } from "./commands";
import { Hints } from "./command-suggestions";

interface Props {
  room: Room;
  onSend: (text: string) => void;
  onEditLast: () => void;
}

const HINTS = "command-hints";

/** Where one writes. Enter sends; the draft survives a reload. */
export function Composer({ room, onSend, onEditLast }: Props) {
  const [text, setText] = useKept(`me-api:draft:${room.name}`);
  const [chosen, choose] = useState(0);
  const [closed, close] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const hints = closed ? [] : hintsFor(text);
  const marked = hints[Math.min(chosen, hints.length - 1)];

  const write = (next: string) => {
    setText(next);
    choose(0);
    close(false);
    if (next.trim() && !next.startsWith("/")) room.sendTyping();
  };
  const take = (command: Command) => {
    write(complete(command));
    field.current?.focus();
  };
  const send = () => {
    if (!text.trim()) return;
    onSend(text);
    setText("");
    field.current?.focus();
  };
  /** Tell whether a key was for the list of commands. */
  const hinted = (key: string): boolean => {
    if (!marked) return false;
    if (key === "Tab" || key === "Enter") take(marked);
    else if (key === "ArrowDown") choose((hints.indexOf(marked) + 1) % hints.length);
    else if (key === "ArrowUp") choose((hints.indexOf(marked) + hints.length - 1) % hints.length);
    else if (key === "Escape") close(true);
    else return false;
    return true;
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.isComposing || (event.shiftKey && event.key !== "ArrowUp")) return;
    if (hinted(event.key)) event.preventDefault();
    else if (event.key === "Enter") event.preventDefault(), send();
    else if (event.key === "ArrowUp" && !text) event.preventDefault(), onEditLast();
  };
  const label = texts.composer.label(texts.chat.room(room.name));
  return (
    <form class="composer" onSubmit={(event) => (event.preventDefault(), send())}>
      <Hints id={HINTS} hints={hints} chosen={marked ? hints.indexOf(marked) : -1} onChoose={take} />
      <textarea
        ref={field}
        aria-label={label}
        placeholder={label}
        value={text}
        rows={1}
        enterkeyhint="send"
        aria-autocomplete="list"
        aria-controls={marked ? HINTS : undefined}
        aria-activedescendant={marked ? `${HINTS}-${hints.indexOf(marked)}` : undefined}
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={pressed}
      />
      <button type="submit" class="primary send" disabled={!text.trim()}>
        {texts.composer.send}
      </button>
    </form>
  );
}
