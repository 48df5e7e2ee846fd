import type { Pending, Room } from "../../lib/index.js";
import { timeOf } from "../format";
import { Linked } from "../links";
import { texts } from "../i18n";

/** A message on its way: shown at once, and never lost without a word. */
export function PendingRow({ pending, room }: { pending: Pending; room: Room }) {
  const failed = pending.state === "failed";
  return (
    <li class={`row message mine pending ${pending.state}`}>
      <div class="line">
        <div class="bubble">
          <p class="text" dir="auto">
            <Linked text={pending.text} />
          </p>
          <span class="when">
            <time dateTime={pending.time}>{timeOf(pending.time)}</time>
          </span>
        </div>
      </div>
      <p class="state" role={failed ? "alert" : undefined}>
        {texts.pending[pending.state]}
        {failed && pending.problem && `: ${pending.problem.detail}`}
        {failed && (
          <>
            <button type="button" onClick={() => room.retry(pending.key)}>
              {texts.pending.retry}
            </button>
            <button type="button" onClick={() => room.discard(pending.key)}>
              {texts.pending.discard}
            </button>
          </>
        )}
      </p>
    </li>
  );
}
