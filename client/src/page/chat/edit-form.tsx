import { useState } from "preact/hooks";
import type { Message, Room } from "../../lib/index.js";
import { texts } from "../i18n";

/** A message's text, to be changed where it stands. */
export function EditForm({ message, room, onEnd }: { message: Message; room: Room; onEnd: () => void }) {
  const [text, setText] = useState(message.text ?? "");
  const [fault, setFault] = useState("");
  const save = async () => {
    if (!text.trim()) return;
    try {
      if (text !== message.text) await room.edit(message.id, text);
      onEnd();
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    }
  };
  const key = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === "Escape") onEnd();
    else if (event.key === "Enter" && !event.shiftKey) void save();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <form class="edit" onSubmit={(event) => (event.preventDefault(), void save())}>
      <textarea
        aria-label={texts.chat.editLabel}
        value={text}
        rows={1}
        ref={focusOnce}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={key}
      />
      <span class="buttons">
        <button type="submit" class="primary">{texts.chat.save}</button>
        <button type="button" onClick={onEnd}>{texts.chat.cancel}</button>
      </span>
      {fault && <p class="fault" role="alert">{fault}</p>}
    </form>
  );
}

/** At the end of what is there, as one would go on writing. */
function focusOnce(area: HTMLTextAreaElement | null): void {
  if (!area || area.dataset["focused"]) return;
  area.dataset["focused"] = "yes";
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
}
