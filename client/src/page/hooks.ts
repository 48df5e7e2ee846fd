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

/** Return how often the interval, in milliseconds, has passed while `running`. */
export function useTime(interval: number, running: boolean): number {
  const [passed, setPassed] = useState(0);
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setPassed((count) => count + 1), interval);
    return () => clearInterval(timer);
  }, [interval, running]);
  return passed;
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
