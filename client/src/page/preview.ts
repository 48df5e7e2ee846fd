import { useEffect, useState } from "preact/hooks";
import { api } from "./api";

/** Milliseconds without a keystroke after which the preview is requested. */
const DEBOUNCE = 250;

/** Return a text as HTML rendered by the server. The last preview stays until the next one arrives. */
export function usePreview(text: string, token: string | null): string {
  const [html, setHtml] = useState("");
  useEffect(() => {
    if (!text.trim()) return setHtml("");
    let current = true;
    const update = async () => {
      const preview = await api<{ html: string }>("/reports/preview", { method: "POST", body: { text }, token });
      if (current) setHtml(preview.html);
    };
    // Errors are ignored: saving the report shows what is wrong with it.
    const timer = setTimeout(() => void update().catch(() => undefined), DEBOUNCE);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [text, token]);
  return html;
}
