import type { Message } from "../../lib/index.js";
import { dayKey, dayOf } from "../format";
import type { Aside } from "./system-messages";
import type { Window } from "./windowing";

/** What stands in the stream, in order. */
export type Row =
  | { kind: "day"; key: string; day: string }
  | { kind: "unread"; key: string }
  | { kind: "message"; key: string; message: Message; first: boolean }
  | { kind: "aside"; key: string; aside: Aside };

/** Messages of one person within this time stand together under one name. */
const TOGETHER_MS = 5 * 60_000;

export function rowsOf(
  messages: ReadonlyMap<number, Message>,
  shown: Window,
  asides: readonly Aside[],
  readUpTo: number | null,
): Row[] {
  const rows: Row[] = [];
  let before: Message | null = null;
  const put = (aside: Aside) => rows.push({ kind: "aside", key: aside.key, aside });
  // What happened before anything was written here.
  for (const aside of asides) if (aside.after < shown.from) put(aside);
  for (let id = shown.from; id <= shown.end; id++) {
    const message = messages.get(id);
    if (!message) continue;
    const newDay = !before || dayKey(new Date(before.time)) !== dayKey(new Date(message.time));
    if (newDay) rows.push({ kind: "day", key: `day-${id}`, day: dayOf(message.time) });
    const newHere = readUpTo !== null && before !== null && id === readUpTo + 1;
    if (newHere) rows.push({ kind: "unread", key: "unread" });
    rows.push({ kind: "message", key: `m${id}`, message, first: newDay || newHere || !together(before, message) });
    before = message;
    for (const aside of asides) {
      if (aside.after !== id) continue;
      put(aside);
      before = { ...message, nick: "" };
    }
  }
  return rows;
}

function together(before: Message | null, message: Message): boolean {
  return (
    before !== null &&
    before.nick === message.nick &&
    before.verified === message.verified &&
    Date.parse(message.time) - Date.parse(before.time) < TOGETHER_MS
  );
}
