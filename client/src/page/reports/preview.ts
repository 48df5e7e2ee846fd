import { useEffect, useState } from "preact/hooks";
import { api } from "../api";

/** Milliseconds of rest after which what is written is shown. */
const REST = 250;

/** What the server will make of a text; the last good answer stands until the next one. */
export function usePreview(text: string, token: string | null): string {
  const [html, setHtml] = useState("");
  useEffect(() => {
    if (!text.trim()) return setHtml("");
    let wanted = true;
    const show = async () => {
      const answer = await api<{ html: string }>("/reports/preview", { method: "POST", body: { text }, token });
      if (wanted) setHtml(answer.html);
    };
    // A preview that did not come is no loss: saving tells what is wrong.
    const timer = setTimeout(() => void show().catch(() => undefined), REST);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [text, token]);
  return html;
}
