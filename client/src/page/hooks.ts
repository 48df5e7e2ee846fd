import { useEffect, useLayoutEffect, useReducer, useState } from "preact/hooks";
import type { Readable } from "../lib/index.js";

/** Draw anew whenever the value changes. */
export function useReadable<T>(readable: Readable<T>): T {
  // Counted, not compared: a map may be the same one with other content.
  const [, redraw] = useReducer((count: number, _: void) => count + 1, 0);
  useLayoutEffect(() => readable.subscribe(() => redraw()), [readable]);
  return readable.value;
}

/** A text that survives a reload; empty is not kept. */
export function useKept(key: string): [string, (text: string) => void] {
  const [text, setText] = useState(() => localStorage.getItem(key) ?? "");
  const keep = (next: string) => {
    setText(next);
    if (next) localStorage.setItem(key, next);
    else localStorage.removeItem(key);
  };
  return [text, keep];
}

/** Whether somebody can see the page at all. */
export function useVisible(): boolean {
  const [visible, setVisible] = useState(!document.hidden);
  useEffect(() => {
    const look = () => setVisible(!document.hidden);
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  return visible;
}

/** Whether a media query holds. */
export function useMedia(query: string): boolean {
  const [media] = useState(() => matchMedia(query));
  const [matches, setMatches] = useState(media.matches);
  useEffect(() => {
    const look = () => setMatches(media.matches);
    media.addEventListener("change", look);
    return () => media.removeEventListener("change", look);
  }, [media]);
  return matches;
}
