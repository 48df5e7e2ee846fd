import { useState } from "preact/hooks";
import { texts } from "./i18n";

/** Milliseconds for which it is said that the address has been copied. */
const SHOWN = 4000;

interface Props {
  path: string;
  label?: string;
  tabIndex?: number;
}

/** A button that copies the address of a view of the page. */
export function CopyAddress({ path, label = texts.copy.button, tabIndex }: Props) {
  // No effects: there is one of these for each of hundreds of messages.
  const [state, setState] = useState<"idle" | "copied" | "by-hand">("idle");
  const address = () => new URL(path, location.href).href;

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(address());
      setState("copied");
      setTimeout(() => setState("idle"), SHOWN);
    } catch {
      // Without TLS, browsers have no clipboard for pages; with it, the user may forbid it.
      setState("by-hand");
    }
  };
  if (state === "by-hand")
    return <input ref={selectAll} class="address" aria-label={texts.copy.address} readOnly value={address()} />;
  return (
    <span class="copy">
      <button type="button" class="quiet" tabIndex={tabIndex} onClick={() => void copy()}>
        {label}
      </button>
      <span role="status">{state === "copied" && texts.copy.copied}</span>
    </span>
  );
}

function selectAll(field: HTMLInputElement | null): void {
  // The button that had the focus is gone.
  field?.focus();
  field?.select();
}
