import { useEffect, useRef, useState } from "preact/hooks";
import { texts } from "../i18n";
import type { NewToken } from "./list";

/** A token that was just made, which is never shown again, with a button that copies it. */
export function CreatedToken({ created }: { created: NewToken }) {
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);

  const copy = async () => {
    field.current?.select();
    // Without TLS, browsers have no clipboard for pages; the text is selected, and can be copied by hand.
    await navigator.clipboard?.writeText(created.token).then(
      () => setCopied(true),
      () => undefined,
    );
  };
  return (
    <section class="new-token" aria-labelledby="new-token">
      <h2 id="new-token">{texts.tokens.created(created.name)}</h2>
      <p class="warning" role="status">
        {texts.tokens.shownOnce}
      </p>
      <div class="copied">
        <input ref={field} readOnly value={created.token} aria-label={texts.tokens.token} spellcheck={false} />
        <button type="button" class="primary" onClick={() => void copy()}>
          {copied ? texts.tokens.copied : texts.tokens.copy}
        </button>
      </div>
    </section>
  );
}
