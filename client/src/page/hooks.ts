import { useEffect, useLayoutEffect, useReducer, useState } from "preact/hooks";
import type { Readable } from "../lib/index.js";
import { anyText } from "../lib/safe-storage.js";
import { stored } from "./storage";

/** Return the value of a store, and render again when it changes. */
export function useReadable<T>(readable: Readable<T>): T {
  // The state only triggers the render; the value is always read from the store.
  const [, rerender] = useReducer((count: number, _: void) => count + 1, 0);
  useLayoutEffect(() => readable.subscribe(() => rerender()), [readable]);
  return readable.value;
}

/** A string state that survives a reload; an empty string is not stored. */
export function useLocalStorage(key: string): [string, (value: string) => void] {
  const [value, setValue] = useState(() => stored.read(key, anyText) ?? "");
  const store = (next: string) => {
    setValue(next);
    if (next) stored.write(key, next);
    else stored.remove(key);
  };
  return [value, store];
}

/** Whether the page is visible (Page Visibility API). */
export function usePageVisible(): boolean {
  const [visible, setVisible] = useState(!document.hidden);
  useEffect(() => {
    const update = () => setVisible(!document.hidden);
    document.addEventListener("visibilitychange", update);
    return () => document.removeEventListener("visibilitychange", update);
  }, []);
  return visible;
}

export function useMediaQuery(query: string): boolean {
  const [media] = useState(() => matchMedia(query));
  const [matches, setMatches] = useState(media.matches);
  useEffect(() => {
    const update = () => setMatches(media.matches);
    media.addEventListener("change", update);
    return () => media.removeEventListener("change", update);
  }, [media]);
  return matches;
}
