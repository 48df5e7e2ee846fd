import type { Message } from "../../lib/index.js";
import { dayKey, formatDay } from "../format";
import type { SystemMessage } from "./system-messages";
import type { MessageWindow } from "./windowing";

/** A row of the message list. */
export type Row =
  | { kind: "day"; key: string; day: string }
  | { kind: "unread"; key: string }
  | { kind: "message"; key: string; message: Message; first: boolean }
  | { kind: "system"; key: string; systemMessage: SystemMessage };

/** Consecutive messages of one author within this time form a group. */
const GROUP_MS = 5 * 60_000;

/** Return the rows of the messages in the window; the unread divider follows the message `readUpTo`. */
export function buildRows(
  messages: ReadonlyMap<number, Message>,
  shown: MessageWindow,
  systemMessages: readonly SystemMessage[],
  readUpTo: number | null,
): Row[] {
  const rows: Row[] = [];
  let before: Message | null = null;
  const put = (systemMessage: SystemMessage) => rows.push({ kind: "system", key: systemMessage.key, systemMessage });
  for (const systemMessage of systemMessages) if (systemMessage.after < shown.from) put(systemMessage);
  for (let id = shown.from; id <= shown.end; id++) {
    const message = messages.get(id);
    if (!message) continue;
    const newDay = !before || dayKey(new Date(before.time)) !== dayKey(new Date(message.time));
    if (newDay) rows.push({ kind: "day", key: `day-${id}`, day: formatDay(message.time) });
    const firstUnread = readUpTo !== null && before !== null && id === readUpTo + 1;
    if (firstUnread) rows.push({ kind: "unread", key: "unread" });
    const first = newDay || firstUnread || !inOneGroup(before, message);
    rows.push({ kind: "message", key: `m${id}`, message, first });
    before = message;
    for (const systemMessage of systemMessages) {
      if (systemMessage.after !== id) continue;
      put(systemMessage);
      // A system message ends the group.
      before = { ...message, nick: "" };
    }
  }
  return rows;
}

function inOneGroup(before: Message | null, message: Message): boolean {
  return (
    before !== null &&
    before.nick === message.nick &&
    before.verified === message.verified &&
    Date.parse(message.time) - Date.parse(before.time) < GROUP_MS
  );
}
