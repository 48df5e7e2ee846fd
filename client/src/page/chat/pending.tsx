import type { Pending, Room } from "../../lib/index.js";
import { explain } from "../errors";
import { formatTime } from "../format";
import { texts } from "../i18n";
import { LinkedText } from "../links";

/** A post that is not acknowledged yet, with its state; retry and discard if it has failed. */
export function PendingRow({ pending, room }: { pending: Pending; room: Room }) {
  const failed = pending.state === "failed";
  return (
    <li class={`row message mine pending ${pending.state}`}>
      <div class="line">
        <div class="bubble">
          <p class="text" dir="auto">
            <LinkedText text={pending.text} />
          </p>
          <span class="when">
            <time dateTime={pending.time}>{formatTime(pending.time)}</time>
          </span>
        </div>
      </div>
      <p class="state" role={failed ? "alert" : undefined}>
        {texts.pending[pending.state]}
        {failed && pending.problem && `: ${explain(pending.problem)}`}
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
