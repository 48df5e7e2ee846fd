import { useRef, useState } from "preact/hooks";
import type { Room } from "../../lib/index.js";
import { useLocalStorage } from "../hooks";
import { texts } from "../i18n";
import { CommandSuggestions } from "./command-suggestions";
import { complete, suggestCommands } from "./commands";
import type { Command } from "./commands";

interface Props {
  room: Room;
  label: string;
  onSend: (text: string) => void;
  onEditLast: () => void;
}

const LIST_ID = "command-hints";

/** The text field for new messages. Enter sends; the draft survives a reload. */
export function Composer({ room, label, onSend, onEditLast }: Props) {
  const [text, setText] = useLocalStorage(`me-api:draft:${room.name}`);
  const [selectedIndex, setSelectedIndex] = useState(0);
  const [dismissed, setDismissed] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const suggestions = dismissed ? [] : suggestCommands(text);
  const selected = suggestions[Math.min(selectedIndex, suggestions.length - 1)];

  const edit = (next: string) => {
    setText(next);
    setSelectedIndex(0);
    setDismissed(false);
    if (next.trim() && !next.startsWith("/")) room.sendTyping();
  };
  const accept = (command: Command) => {
    edit(complete(command));
    field.current?.focus();
  };
  const send = () => {
    if (!text.trim()) return;
    onSend(text);
    setText("");
    field.current?.focus();
  };
  /** Handle a key of the suggestion list. Returns whether it was one. */
  const handleSuggestionKey = (key: string): boolean => {
    if (!selected) return false;
    if (key === "Tab" || key === "Enter") accept(selected);
    else if (key === "ArrowDown") setSelectedIndex((suggestions.indexOf(selected) + 1) % suggestions.length);
    else if (key === "ArrowUp")
      setSelectedIndex((suggestions.indexOf(selected) + suggestions.length - 1) % suggestions.length);
    else if (key === "Escape") setDismissed(true);
    else return false;
    return true;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing || (event.shiftKey && event.key !== "ArrowUp")) return;
    if (handleSuggestionKey(event.key)) event.preventDefault();
    else if (event.key === "Enter") event.preventDefault(), send();
    else if (event.key === "ArrowUp" && !text) event.preventDefault(), onEditLast();
  };
  const active = selected ? suggestions.indexOf(selected) : -1;
  return (
    <form class="composer" onSubmit={(event) => (event.preventDefault(), send())}>
      <CommandSuggestions id={LIST_ID} suggestions={suggestions} selected={active} onSelect={accept} />
      <textarea
        ref={field}
        aria-label={label}
        placeholder={label}
        value={text}
        rows={1}
        enterkeyhint="send"
        aria-autocomplete="list"
        aria-controls={selected ? LIST_ID : undefined}
        aria-activedescendant={selected ? `${LIST_ID}-${active}` : undefined}
        onInput={(event) => edit(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <button type="submit" class="primary send" disabled={!text.trim()}>
        {texts.composer.send}
      </button>
    </form>
  );
}
