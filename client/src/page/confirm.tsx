import { useState } from "preact/hooks";
import { texts } from "./i18n";

interface Props {
  label: string;
  /** What it is about, for those who do not see beside what it is. */
  subject?: string;
  /** What the button says when it is asking. */
  sure: string;
  onConfirm: () => void;
}

/** A button that asks once more before it acts. */
export function ConfirmButton({ label, subject, sure, onConfirm }: Props) {
  const [asking, setAsking] = useState(false);
  const answer = (event: MouseEvent, confirmed: boolean) => {
    // The second click of a double click answers nothing, whichever button is below the pointer by then.
    if (event.detail > 1) return;
    setAsking(!asking);
    if (confirmed) onConfirm();
  };
  return (
    <>
      {/* One button, so that it keeps the focus. */}
      <button
        type="button"
        class={asking ? "danger" : ""}
        aria-label={subject && !asking ? `${label}: ${subject}` : undefined}
        onClick={(event) => answer(event, asking)}
      >
        {asking ? sure : label}
      </button>
      {asking && (
        <button type="button" onClick={(event) => answer(event, false)}>
          {texts.editor.cancel}
        </button>
      )}
    </>
  );
}
