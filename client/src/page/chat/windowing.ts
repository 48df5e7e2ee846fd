/** Which messages are in the page: a window over all that are loaded, so that a long room stays quick. */

export const SIZE = 100;
export const STEP = 60;
export const MAX = 220;

/** Ids, both included; null stands for the newest page, or for going on to the newest. */
export interface Wish {
  from: number | null;
  to: number | null;
}
export interface Window {
  from: number;
  /** The last id in the page. */
  end: number;
  /** Whether new messages come into the page by themselves. */
  follows: boolean;
}

export const NEWEST: Wish = { from: null, to: null };

/** What is shown of the messages `first` to `last`. */
export function fit(wish: Wish, first: number, last: number): Window {
  const from = Math.max(first, wish.from ?? last - SIZE + 1);
  const end = Math.min(wish.to ?? last, last);
  if (end === last && last - from < MAX) return { from, end, follows: true };
  return { from, end: Math.min(end, from + MAX - 1), follows: false };
}

/** Show more above, and less below where it gets too much. */
export function upwards(shown: Window, first: number): Wish {
  const from = Math.max(first, shown.from - STEP);
  const fits = shown.end - from < MAX;
  return { from, to: fits && shown.follows ? null : Math.min(shown.end, from + MAX - 1) };
}

/** Show more below, and less above. */
export function downwards(shown: Window, last: number): Wish {
  const end = Math.min(last, shown.end + STEP);
  return { from: Math.max(shown.from, end - MAX + 1), to: end === last ? null : end };
}
