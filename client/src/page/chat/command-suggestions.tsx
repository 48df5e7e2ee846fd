import { texts } from "../i18n";
import type { Command } from "./commands";

interface Props {
  id: string;
  hints: readonly Command[];
  chosen: number;
  onChoose: (command: Command) => void;
}

/** The list above the field; the keyboard stays in the field. */
export function Hints({ id, hints, chosen, onChoose }: Props) {
  if (!hints.length) return null;
  return (
    <div class="hints">
      <ul id={id} role="listbox" aria-label={texts.composer.hints}>
        {hints.map((command, index) => (
          <li
            key={command.name}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === chosen}
            // Before the field loses the focus.
            onPointerDown={(event) => (event.preventDefault(), onChoose(command))}
          >
            <code>{command.name + command.more}</code>
            <span>{command.what}</span>
          </li>
        ))}
      </ul>
      <p>{texts.composer.hintKeys}</p>
    </div>
  );
}
