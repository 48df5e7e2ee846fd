import { useEffect, useRef, useState } from "preact/hooks";
import type { Message, Status } from "../../lib/index.js";
import { texts } from "../i18n";

/** New messages read out one by one; many at once are only counted. */
const READ_OUT = 3;

/** Tell a screen reader what comes in, and nothing of what is loaded or scrolled into view. */
export function Announcer(props: {
  messages: ReadonlyMap<number, Message>;
  last: number;
  status: Status;
  isMine: (message: Message) => boolean;
}) {
  const { messages, last, status, isMine } = props;
  const [said, say] = useState("");
  const known = useRef(0);
  useEffect(() => {
    const from = known.current;
    known.current = last;
    if (from === 0 || last <= from) return;
    const news: Message[] = [];
    for (let id = from + 1; id <= last; id++) {
      const message = messages.get(id);
      if (message?.text && !isMine(message)) news.push(message);
    }
    if (news.length > READ_OUT) say(texts.announcedMany(news.length));
    else if (news.length) say(news.map((one) => texts.announced(one.nick, one.text ?? "")).join("\n"));
  }, [last]);
  return (
    <div class="unseen">
      <p role="status">{status === "live" ? "" : texts.status[status]}</p>
      <p aria-live="polite">{said}</p>
    </div>
  );
}
