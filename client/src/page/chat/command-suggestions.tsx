import { texts } from "../i18n";
import type { Command } from "./commands";

interface Props {
  id: string;
  suggestions: readonly Command[];
  selected: number;
  onSelect: (command: Command) => void;
}

/** The list box of an ARIA combobox; the focus stays in the text field. */
export function CommandSuggestions({ id, suggestions, selected, onSelect }: Props) {
  if (!suggestions.length) return null;
  return (
    <div class="hints">
      <ul id={id} role="listbox" aria-label={texts.composer.hints}>
        {suggestions.map((command, index) => (
          <li
            key={command.name}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === selected}
            // Not onClick: the text field would lose the focus first.
            onPointerDown={(event) => (event.preventDefault(), onSelect(command))}
          >
            <code>{command.name + command.parameters}</code>
            <span>{command.description}</span>
          </li>
        ))}
      </ul>
      <p>{texts.composer.hintKeys}</p>
    </div>
  );
}
