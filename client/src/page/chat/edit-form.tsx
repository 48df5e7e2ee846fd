import { useState } from "preact/hooks";
import type { Message, Room } from "../../lib/index.js";
import { messageOf } from "../errors";
import { texts } from "../i18n";

/** The form for editing a message, in place of its text. */
export function EditForm({ message, room, onClose }: { message: Message; room: Room; onClose: () => void }) {
  const [text, setText] = useState(message.text ?? "");
  const [error, setError] = useState("");
  const save = async () => {
    if (!text.trim()) return;
    try {
      if (text !== message.text) await room.edit(message.id, text);
      onClose();
    } catch (reason) {
      setError(messageOf(reason));
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === "Escape") onClose();
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
        onInput={(event) => {
          setText(event.currentTarget.value);
          setError("");
        }}
        onKeyDown={onKeyDown}
      />
      <span class="buttons">
        <button type="submit" class="primary">{texts.chat.save}</button>
        <button type="button" onClick={onClose}>{texts.chat.cancel}</button>
      </span>
      {error && <p class="fault" role="alert">{error}</p>}
    </form>
  );
}

/** Focus the field once, with the cursor at the end of the text. */
function focusOnce(area: HTMLTextAreaElement | null): void {
  if (!area || area.dataset["focused"]) return;
  area.dataset["focused"] = "yes";
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
}
