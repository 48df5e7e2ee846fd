import { useEffect, useRef, useState } from "preact/hooks";
import type { Room } from "../../lib/index.js";
import { api } from "../api";
import { messageOf } from "../errors";
import { useReadable } from "../hooks";
import { texts } from "../i18n";

/** A message that is to be shown where it stands. */
export interface Target {
  room: string;
  message: number;
}

interface State {
  loading: boolean;
  /** The id of the message that is highlighted. */
  highlighted: number | null;
  /** Why the message cannot be shown. */
  problem: string;
}

const NONE: State = { loading: false, highlighted: null, problem: "" };

/** Load the messages around the target, and call `show` when they are loaded. A new object is a new jump. */
export function useJump(
  room: Room,
  target: Target | null,
  token: string | null,
  show: (id: number, focus: boolean) => void,
): State & { end: () => void } {
  const [state, setState] = useState<State>({ ...NONE, loading: target !== null });
  const ended = useRef(false);
  const segment = useReadable(room.segment);
  const joined = useReadable(room.joined);
  const jump = async (id: number, focus: boolean, isCurrent: () => boolean) => {
    const problem = await load(room, id, token);
    if (!isCurrent() || ended.current) return;
    setState({ loading: false, highlighted: problem ? null : id, problem });
    if (!problem) show(id, focus);
  };

  useEffect(() => {
    // A room that is closed to this user may be joined later, after a login.
    if (!target || !joined) return;
    let current = true;
    ended.current = false;
    setState({ ...NONE, loading: true });
    void jump(target.message, true, () => current);
    return () => void (current = false);
  }, [room, target, joined]);
  useEffect(() => {
    const { highlighted } = state;
    // The client has started over after a long absence, and has only the newest messages.
    const lost = segment === null && joined && highlighted !== null && !room.messages.value.has(highlighted);
    if (!lost) return;
    let current = true;
    void jump(highlighted, false, () => current);
    return () => void (current = false);
  }, [segment]);

  const end = () => {
    ended.current = true;
    setState(NONE);
    room.closeSegment();
  };
  return { ...state, end };
}

/** Load the messages around one. Returns why it cannot be shown. */
async function load(room: Room, id: number, token: string | null): Promise<string> {
  try {
    if (await room.loadAround(id)) return "";
    const info = await api<{ first_id: number }>(`/chat/rooms/${encodeURIComponent(room.name)}`, { token });
    return id < info.first_id ? texts.jump.removed(id) : texts.jump.unknown(id);
  } catch (error) {
    return messageOf(error);
  }
}
