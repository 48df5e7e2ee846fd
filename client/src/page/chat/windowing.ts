/** List windowing: which of the loaded messages are in the DOM, so that a long room stays fast. */

/** The number of messages of the newest page. */
const SIZE = 100;
/** The number of messages by which the window moves. */
const STEP = 60;
/** The most messages in the window. */
const MAX = 220;

/** The requested ids, inclusive. `from` null: the newest page. `to` null: up to the newest, also later ones. */
export interface WindowRequest {
  from: number | null;
  to: number | null;
}
/** The ids in the DOM, inclusive. */
export interface MessageWindow {
  from: number;
  end: number;
  /** Whether new messages enter the window. */
  followsNewest: boolean;
}

export const NEWEST: WindowRequest = { from: null, to: null };

/** Return the request for a message and its neighbours. */
export function around(id: number): WindowRequest {
  return { from: id - SIZE / 2, to: id + SIZE / 2 };
}

/** Return the window for a request, within the loaded messages `first` to `last`. `newest`: whether `last` is the newest. */
export function resolve(request: WindowRequest, first: number, last: number, newest = true): MessageWindow {
  // What was requested is not loaded any more: the client has started over with the newest messages.
  if (request.to !== null && request.to < first) return resolve(NEWEST, first, last, newest);
  const from = Math.max(first, request.from ?? last - SIZE + 1);
  const end = Math.min(request.to ?? last, last);
  if (newest && end === last && last - from < MAX) return { from, end, followsNewest: true };
  return { from, end: Math.min(end, from + MAX - 1), followsNewest: false };
}

/** Extend the window upwards, and cut it at the bottom if it exceeds `MAX`. */
export function scrollUp(shown: MessageWindow, first: number): WindowRequest {
  const from = Math.max(first, shown.from - STEP);
  const fits = shown.end - from < MAX;
  return { from, to: fits && shown.followsNewest ? null : Math.min(shown.end, from + MAX - 1) };
}

/** Extend the window downwards, and cut it at the top if it exceeds `MAX`. */
export function scrollDown(shown: MessageWindow, last: number): WindowRequest {
  const end = Math.min(last, shown.end + STEP);
  return { from: Math.max(shown.from, end - MAX + 1), to: end === last ? null : end };
}
