import { useEffect, useRef, useState } from "preact/hooks";
import type { Client, Member, Room } from "../../lib/index.js";
import { explain } from "../errors";
import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { sayBy } from "../i18n/facts";

/** A line between the messages that is not stored: a member joins or leaves, or a command's output. */
export interface SystemMessage {
  key: string;
  /** The id of the message that it follows. */
  after: number;
  kind: "presence" | "notice";
  text: string;
}

const MAX_SYSTEM_MESSAGES = 40;
let count = 0;

export function useSystemMessages(client: Client, room: Room, me: string | null): readonly SystemMessage[] {
  const [systemMessages, setSystemMessages] = useState<readonly SystemMessage[]>([]);
  const add = (kind: SystemMessage["kind"], lines: readonly string[]) => {
    if (!lines.length) return;
    const after = Math.max(0, ...newestId(room));
    const added = lines.map((text) => ({ key: `system-${++count}`, after, kind, text }));
    setSystemMessages((before) => [...before, ...added].slice(-MAX_SYSTEM_MESSAGES));
  };
  usePresenceChanges(room, me, (lines) => add("presence", lines));
  useNewNotices(client, (lines) => add("notice", lines.map(phrased)));
  return systemMessages;
}

/** Return the newest id as a list, which is empty if there is none. */
function newestId(room: Room): number[] {
  // The map is in the order of the ids.
  const ids = [...room.messages.value.keys()];
  return ids.slice(-1);
}

function usePresenceChanges(room: Room, me: string | null, onChange: (lines: string[]) => void): void {
  const members = useReadable(room.members);
  const joined = useReadable(room.joined);
  const previous = useRef<readonly Member[] | null>(null);
  useEffect(() => {
    if (!joined) return;
    const before = previous.current;
    previous.current = members;
    if (!before) return;
    const arrived = difference(members, before, me).map(texts.chat.joined);
    const departed = difference(before, members, me).map(texts.chat.left);
    onChange([...arrived, ...departed]);
  }, [members, joined]);
}

/** Return the nicks that are in `members` and not in `others`, except `me`. */
function difference(members: readonly Member[], others: readonly Member[], me: string | null): string[] {
  const nicks = new Set(others.map((member) => member.nick));
  return members.map((member) => member.nick).filter((nick) => nick !== me && !nicks.has(nick));
}

/** The text of the event `banned`. */
const BANNED = /^You are banned from (?:this site|the room '(.*?)')(?: until (\S+) (\S+) UTC)?(?:: (.*)|\.)$/s;

/** Return a notice of the server in the language of the page, if it is a known one. */
function phrased(notice: string): string {
  const [banned, room = null, day, time, reason = ""] = BANNED.exec(notice) ?? [];
  if (banned) {
    const until = day ? `${day}T${time}Z` : null;
    return explain({ status: 403, code: "banned", title: "", detail: notice, room, until, reason });
  }
  return sayBy(texts.errors.notices, notice) ?? notice;
}

function useNewNotices(client: Client, onNew: (lines: readonly string[]) => void): void {
  const notices = useReadable(client.notices);
  const previous = useRef(notices);
  useEffect(() => {
    const before = previous.current;
    previous.current = notices;
    // The client retains only the last hundred: the new ones begin after the last known one.
    const known = before.length ? notices.lastIndexOf(before[before.length - 1] ?? "") + 1 : 0;
    if (notices !== before) onNew(notices.slice(known));
  }, [notices]);
}
