import { useEffect, useRef, useState } from "preact/hooks";
import { texts } from "./i18n";

/** Milliseconds for which it is said that the address has been copied. */
const SHOWN = 4000;

/** A button that copies the address of a view of the page. */
export function CopyAddress({ path }: { path: string }) {
  const [copied, setCopied] = useState(false);
  const [byHand, setByHand] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const address = new URL(path, location.href).href;
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN);
    return () => clearTimeout(timer);
  }, [copied]);
  useEffect(() => field.current?.select(), [byHand]);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(address);
      setCopied(true);
    } catch {
      // Without TLS, browsers have no clipboard for pages; with it, the user may forbid it.
      setByHand(true);
    }
  };
  if (byHand) return <input ref={field} class="address" aria-label={texts.copy.address} readOnly value={address} />;
  return (
    <span class="copy">
      <button type="button" class="quiet" onClick={() => void copy()}>
        {texts.copy.button}
      </button>
      <span role="status">{copied && texts.copy.copied}</span>
    </span>
  );
}
