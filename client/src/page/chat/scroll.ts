import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { RefObject } from "preact";
import { NEWEST, downwards, fit, upwards } from "./windowing";
import type { Window } from "./windowing";

/** Pixels from an edge at which more is brought in. */
const NEAR = 700;
/** Pixels from the end that still count as being there. */
const AT_END = 48;

export interface Loaded {
  first: number;
  last: number;
  /** Load messages before the first; null where there are none. */
  older: (() => Promise<void>) | null;
}
interface Anchor {
  row: Element;
  top: number;
}

/**
 * Keep what one reads where it is, whatever comes in above or below, and stay at the end while one
 * is there. The browser's own anchoring is off: it does nothing at the very top, and two would add up.
 */
export function useScroll(frame: RefObject<HTMLElement | null>, loaded: Loaded) {
  const [wish, setWish] = useState(NEWEST);
  const [atEnd, setAtEnd] = useState(true);
  const [loading, setLoading] = useState(false);
  const anchor = useRef<Anchor | null>(null);
  const pinned = useRef(true);
  const shown = fit(wish, loaded.first, loaded.last);

  const pin = (to: boolean) => {
    pinned.current = to;
    setAtEnd(to);
  };
  const look = () => {
    const box = frame.current;
    if (!box || box.clientHeight === 0) return;
    anchor.current = pinned.current ? null : anchorOf(box);
    reach(box);
  };
  const reach = (box: HTMLElement) => {
    const below = box.scrollHeight - box.scrollTop - box.clientHeight;
    if (box.scrollTop < NEAR && shown.from > loaded.first) setWish(upwards(shown, loaded.first));
    else if (box.scrollTop < NEAR && loaded.older && !loading) void load(loaded.older);
    else if (below < NEAR && !shown.follows) setWish(downwards(shown, loaded.last));
  };
  const load = async (older: () => Promise<void>) => {
    setLoading(true);
    // Without a connection there is nothing to tell: the status says so, and the next scroll tries again.
    await older().catch(() => undefined);
    setLoading(false);
  };
  const settle = () => {
    const box = frame.current;
    if (!box) return;
    if (pinned.current) box.scrollTop = box.scrollHeight;
    else if (anchor.current?.row.isConnected) box.scrollTop += topOf(anchor.current.row, box) - anchor.current.top;
    look();
  };
  const scrolled = () => {
    const box = frame.current;
    if (!box || box.clientHeight === 0) return;
    const end = shown.follows && box.scrollHeight - box.scrollTop - box.clientHeight < AT_END;
    // Whoever leaves the end keeps what is above; whoever comes back needs only the newest.
    if (end !== pinned.current) setWish(end ? NEWEST : { from: shown.from, to: null });
    pin(end);
    look();
  };
  const toNewest = () => {
    pin(true);
    setWish(NEWEST);
  };

  const latest = useRef(settle);
  latest.current = settle;
  useLayoutEffect(settle);
  useLayoutEffect(() => observe(frame.current, () => latest.current()), [frame]);
  return { shown, atEnd, loading, scrolled, toNewest };
}

/** Call when the frame or what is in it changes its size: a keyboard opens, a font arrives. */
function observe(box: HTMLElement | null, run: () => void): (() => void) | undefined {
  if (!box) return undefined;
  const observer = new ResizeObserver(run);
  for (const element of [box, ...box.children]) observer.observe(element);
  return () => observer.disconnect();
}

/** The first row that can be seen, and where. */
function anchorOf(box: HTMLElement): Anchor | null {
  for (const row of box.querySelectorAll("[data-id]")) {
    const top = topOf(row, box);
    if (top + row.clientHeight > 0) return { row, top };
  }
  return null;
}

function topOf(row: Element, box: HTMLElement): number {
  return row.getBoundingClientRect().top - box.getBoundingClientRect().top;
}

export type { Window };
