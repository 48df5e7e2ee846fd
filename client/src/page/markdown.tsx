import { usePreview } from "./preview";
import { Prose } from "./prose";
import { texts } from "./i18n";

interface FieldProps {
  id: string;
  value: string;
  onInput: (value: string) => void;
}

/** A field for a text in Markdown. */
export function MarkdownField({ id, value, onInput }: FieldProps) {
  return (
    <div class="field">
      <label for={id}>{texts.editor.text}</label>
      <textarea id={id} rows={14} maxLength={50_000} value={value} onInput={(event) => onInput(event.currentTarget.value)} />
    </div>
  );
}

/** A text as it will be shown, rendered by the server. */
export function Preview({ text, token }: { text: string; token: string | null }) {
  const html = usePreview(text, token);
  return (
    <section class="preview" aria-labelledby="preview">
      <h2 id="preview">{texts.editor.preview}</h2>
      {html ? <Prose html={html} /> : <p class="none">{texts.editor.empty}</p>}
    </section>
  );
}
