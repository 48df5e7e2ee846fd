import { useEffect, useRef, useState } from "preact/hooks";
import type { Client, Member, Room } from "../../lib/index.js";
import { texts } from "../i18n";
import { useReadable } from "../hooks";

/** What is told beside the messages and not stored: who came and went, and answers to commands. */
export interface Aside {
  key: string;
  /** The id of the message that it stands behind. */
  after: number;
  kind: "presence" | "notice";
  text: string;
}

const KEPT = 40;
let count = 0;

export function useAsides(client: Client, room: Room, me: string | null): readonly Aside[] {
  const [asides, setAsides] = useState<readonly Aside[]>([]);
  const add = (kind: Aside["kind"], lines: readonly string[]) => {
    if (!lines.length) return;
    const after = Math.max(0, ...tail(room));
    const made = lines.map((text) => ({ key: `aside-${++count}`, after, kind, text }));
    setAsides((before) => [...before, ...made].slice(-KEPT));
  };
  usePresence(room, me, (lines) => add("presence", lines));
  useNotices(client, (lines) => add("notice", lines));
  return asides;
}

/** The newest id; a map keeps its order, so it is the last one. */
function tail(room: Room): number[] {
  const ids = [...room.messages.value.keys()];
  return ids.slice(-1);
}

function usePresence(room: Room, me: string | null, tell: (lines: string[]) => void): void {
  const members = useReadable(room.members);
  const joined = useReadable(room.joined);
  const known = useRef<readonly Member[] | null>(null);
  useEffect(() => {
    if (!joined) return;
    const before = known.current;
    known.current = members;
    if (!before) return;
    const came = missing(members, before, me).map(texts.chat.joined);
    const went = missing(before, members, me).map(texts.chat.left);
    tell([...came, ...went]);
  }, [members, joined]);
}

function missing(here: readonly Member[], there: readonly Member[], me: string | null): string[] {
  const nicks = new Set(there.map((member) => member.nick));
  return here.map((member) => member.nick).filter((nick) => nick !== me && !nicks.has(nick));
}

function useNotices(client: Client, tell: (lines: readonly string[]) => void): void {
  const notices = useReadable(client.notices);
  const known = useRef(notices);
  useEffect(() => {
    const before = known.current;
    known.current = notices;
    // Only the last hundred are kept: what is new begins behind the last one known.
    const seen = before.length ? notices.lastIndexOf(before[before.length - 1] ?? "") + 1 : 0;
    if (notices !== before) tell(notices.slice(seen));
  }, [notices]);
}
