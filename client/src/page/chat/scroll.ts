import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { RefObject } from "preact";
import { NEWEST, around, resolve, scrollDown, scrollUp } from "./windowing";

/** Pixels from an edge at which the window is extended. */
const EDGE = 700;
/** Pixels from the end that still count as the end. */
const AT_END = 48;

export interface Loaded {
  first: number;
  last: number;
  /** Load messages before the first; null if there are none. */
  older: (() => Promise<void>) | null;
  /** Load messages after the last; null if it is the newest. */
  newer: (() => Promise<void>) | null;
}
/** A message to scroll to. */
interface Goal {
  id: number;
  focus: boolean;
}
interface Anchor {
  row: Element;
  top: number;
}

/**
 * Scroll anchoring: keep the visible messages in place when rows are added above or below, and stay
 * at the end while the user is there.
 */
export function useScroll(frame: RefObject<HTMLElement | null>, loaded: Loaded) {
  const [request, setRequest] = useState(NEWEST);
  const [atEnd, setAtEnd] = useState(true);
  const [loading, setLoading] = useState(false);
  // The browser's own scroll anchoring is switched off in the style sheet: it does nothing at the
  // very top, and elsewhere both would add up.
  const anchor = useRef<Anchor | null>(null);
  const pinned = useRef(true);
  const goal = useRef<Goal | null>(null);
  /** Where the frame was scrolled to when that was handled last. */
  const position = useRef(0);
  /** Whether the frame has been scrolled since, as by moving the focus; its event is still to come. */
  const scrolled = useRef(false);
  const shown = resolve(request, loaded.first, loaded.last, loaded.newer === null);

  const pin = (to: boolean) => {
    pinned.current = to;
    setAtEnd(to);
  };
  /** Remember the anchor, and extend the window near an edge. */
  const positionChanged = () => {
    const box = frame.current;
    if (!box || box.clientHeight === 0) return;
    position.current = box.scrollTop;
    anchor.current = pinned.current && !scrolled.current ? null : anchorOf(box);
    extendNearEdge(box);
  };
  const extendNearEdge = (box: HTMLElement) => {
    const below = box.scrollHeight - box.scrollTop - box.clientHeight;
    if (box.scrollTop < EDGE && shown.from > loaded.first) setRequest(scrollUp(shown, loaded.first));
    else if (box.scrollTop < EDGE && loaded.older && !loading) void load(loaded.older);
    else if (below < EDGE && shown.end < loaded.last) setRequest(scrollDown(shown, loaded.last));
    else if (below < EDGE && loaded.newer && !loading) void load(loaded.newer);
  };
  const load = async (page: () => Promise<void>) => {
    setLoading(true);
    // Errors are ignored: the status shows a lost connection, and the next scroll event retries.
    await page().catch(() => undefined);
    setLoading(false);
  };
  const restorePosition = () => {
    const box = frame.current;
    if (!box) return;
    if (goal.current !== null) return showGoal(box, goal.current);
    if (pinned.current && !scrolled.current) box.scrollTop = box.scrollHeight;
    else if (anchor.current?.row.isConnected) box.scrollTop += topOf(anchor.current.row, box) - anchor.current.top;
    positionChanged();
  };
  /** Scroll to the goal, once it is rendered and visible. */
  const showGoal = (box: HTMLElement, { id, focus }: Goal) => {
    const row = box.querySelector<HTMLElement>(`[data-id="${id}"]`);
    if (!row || box.clientHeight === 0) return;
    goal.current = null;
    box.scrollTop += topOf(row, box) - (box.clientHeight - Math.min(row.clientHeight, box.clientHeight)) / 2;
    if (focus) row.focus({ preventScroll: true });
    positionChanged();
  };
  const scrollTo = (id: number, focus: boolean) => {
    goal.current = { id, focus };
    pin(false);
    setRequest(around(id));
  };
  const onScroll = () => {
    const box = frame.current;
    if (!box || box.clientHeight === 0) return;
    scrolled.current = false;
    const end = shown.followsNewest && box.scrollHeight - box.scrollTop - box.clientHeight < AT_END;
    // Away from the end, the rows above are kept; back at the end, only the newest page is needed.
    if (end !== pinned.current) setRequest(end ? NEWEST : { from: shown.from, to: null });
    pin(end);
    positionChanged();
  };
  const scrollToNewest = () => {
    goal.current = null;
    pin(true);
    setRequest(NEWEST);
  };

  /** Take what is visible now for the anchor if a scroll event is to come, in the next frame. */
  const noteScroll = () => {
    const box = frame.current;
    if (!box || box.clientHeight === 0 || box.scrollTop === position.current) return;
    scrolled.current = true;
    anchor.current = anchorOf(box);
    requestAnimationFrame(() => (scrolled.current = false));
  };

  // Now, before anything is changed: what is rendered must not undo a scroll.
  noteScroll();
  const latest = useRef(restorePosition);
  latest.current = restorePosition;
  useLayoutEffect(restorePosition);
  useLayoutEffect(() => observeSize(frame.current, () => latest.current()), [frame]);
  return { shown, atEnd, loading, onScroll, scrollTo, scrollToNewest };
}

/** Call `run` when the frame or its content changes its size, as when a keyboard opens or a font loads. */
function observeSize(box: HTMLElement | null, run: () => void): (() => void) | undefined {
  if (!box) return undefined;
  const observer = new ResizeObserver(run);
  for (const element of [box, ...box.children]) observer.observe(element);
  return () => observer.disconnect();
}

/** Return the first visible row and its position. */
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
