import type { Problem } from "../../lib/index.js";
import { explain, termsOf } from "../errors";
import { texts } from "../i18n";
import { labelOf } from "./rooms";
import type { RoomInfo } from "./rooms";

interface Props {
  info: RoomInfo;
  problem: Problem;
  onLogin: () => void;
}

const lines: Record<string, (room: string) => string> = texts.chat.closed;

/** In place of the form, and of messages: why there are none, in a room that was deleted or is closed to this user. */
export function ClosedRoom({ info, problem, onLogin }: Props) {
  const { code } = problem;
  const line = lines[code]?.(labelOf(info)) ?? explain(problem);
  const terms = termsOf(problem);
  return (
    <div class="closed">
      <p role="alert">{line}</p>
      {code === "banned" && terms && <p dir="auto">{terms}</p>}
      {code === "members_only" && (
        <button type="button" onClick={onLogin}>
          {texts.account.login}
        </button>
      )}
    </div>
  );
}
