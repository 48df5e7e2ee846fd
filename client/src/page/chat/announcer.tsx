import { useEffect, useRef, useState } from "preact/hooks";
import type { Message, Status } from "../../lib/index.js";
import { texts } from "../i18n";

/** The most new messages that are announced one by one; more are only counted. */
const MAX_ANNOUNCED = 3;

/** ARIA live regions for new messages and the connection status, not for loaded or scrolled messages. */
export function Announcer(props: {
  messages: ReadonlyMap<number, Message>;
  last: number;
  status: Status;
  isMine: (message: Message) => boolean;
}) {
  const { messages, last, status, isMine } = props;
  const [announcement, setAnnouncement] = useState("");
  const announcedUpTo = useRef(0);
  useEffect(() => {
    const from = announcedUpTo.current;
    announcedUpTo.current = last;
    if (from === 0 || last <= from) return;
    const received: Message[] = [];
    for (let id = from + 1; id <= last; id++) {
      const message = messages.get(id);
      if (message?.text && !isMine(message)) received.push(message);
    }
    if (received.length > MAX_ANNOUNCED) setAnnouncement(texts.announcedMany(received.length));
    else if (received.length)
      setAnnouncement(received.map(({ nick, text }) => texts.announced(nick, text ?? "")).join("\n"));
  }, [last]);
  return (
    <div class="unseen">
      <p role="status">{status === "live" ? "" : texts.status[status]}</p>
      <p aria-live="polite">{announcement}</p>
    </div>
  );
}
