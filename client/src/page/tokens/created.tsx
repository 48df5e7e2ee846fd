import { useEffect, useRef, useState } from "preact/hooks";
import { texts } from "../i18n";
import type { NewToken } from "./list";

/** A token that was just made, which is never shown again, with a button that copies it. */
export function CreatedToken({ created }: { created: NewToken }) {
  const field = useRef<HTMLInputElement>(null);
  const [state, setState] = useState<"shown" | "copied" | "by-hand">("shown");
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(created.token);
      setState("copied");
    } catch {
      // Without TLS, browsers have no clipboard for pages; with it, the user may forbid it.
      field.current?.focus();
      field.current?.select();
      setState("by-hand");
    }
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
          {state === "copied" ? texts.tokens.copied : texts.tokens.copy}
        </button>
      </div>
      <p role="status">{state === "by-hand" && texts.tokens.byHand}</p>
    </section>
  );
}
