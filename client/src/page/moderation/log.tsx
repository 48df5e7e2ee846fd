import { useEffect, useState } from "preact/hooks";
import { callPage } from "../../lib/index.js";
import { messageOf } from "../errors";
import { labelIn } from "../chat/rooms";
import type { RoomInfo } from "../chat/rooms";
import { formatMoment } from "../format";
import { texts } from "../i18n";

interface Entry {
  id: number;
  time: string;
  actor: string;
  /** The ids of users, whose nicks may have changed since. */
  actor_id: number | null;
  action: string;
  room: string | null;
  target: string;
  target_id: number | null;
  reason: string;
  /** The number of messages that it concerned. */
  count: number;
}

interface Props {
  token: string;
  /** Those of which the titles are known. */
  rooms: readonly RoomInfo[] | null;
  changes: string;
}

const FIRST = "/moderation/log";
const actions: Record<string, (target: string) => string> = texts.moderation.actions;

/** What owners and moderators have done, newest first, a page at a time. Read again when `changes` does. */
export function ModerationLog({ token, rooms, changes }: Props) {
  const [entries, setEntries] = useState<readonly Entry[]>([]);
  /** The path of the next page. */
  const [older, setOlder] = useState<string | null>(null);
  const [loaded, setLoaded] = useState(false);
  const [error, setError] = useState("");
  const read = async (path: string, before: readonly Entry[]) => {
    setError("");
    try {
      const { data, page } = await callPage<Entry>(location.origin, path, { token });
      // The older ones that are shown stay, if nothing is missing between them and the newest.
      const last = data.at(-1)?.id ?? 0;
      const kept = path === FIRST && entries.some(({ id }) => id === last) ? entries.filter(({ id }) => id < last) : [];
      setEntries([...before, ...data, ...kept]);
      if (kept.length === 0) setOlder(page.older);
      setLoaded(true);
    } catch (reason) {
      setError(messageOf(reason));
    }
  };
  useEffect(() => void read(FIRST, []), [token, changes]);

  const t = texts.moderation;
  return (
    <section aria-labelledby="log">
      <h2 id="log">{t.log}</h2>
      {loaded && entries.length === 0 && <p class="none">{t.noLog}</p>}
      {entries.length > 0 && (
        <ol class="rows">
          {entries.map((entry) => (
            <li key={entry.id}>
              <div>
                <span dir="auto">
                  <strong>{entry.actor}</strong> {actions[entry.action]?.(entry.target) ?? `${entry.action}: ${entry.target}`}
                </span>
                <p>{factsOf(entry, rooms).join(" · ")}</p>
                {entry.reason && <p dir="auto">{entry.reason}</p>}
              </div>
            </li>
          ))}
        </ol>
      )}
      {error && <p class="fault" role="alert">{error}</p>}
      {older && (
        <button type="button" onClick={() => void read(older, entries)}>
          {t.older}
        </button>
      )}
    </section>
  );
}

function factsOf({ time, actor_id: by, room, target_id: about, count }: Entry, rooms: Props["rooms"]): string[] {
  const t = texts.moderation;
  return [
    formatMoment(time),
    ...(by === null ? [] : [t.by(texts.users.id(by))]),
    ...(about === null ? [] : [t.about(texts.users.id(about))]),
    ...(room === null ? [] : [t.inRoom(labelIn(rooms, room))]),
    ...(count ? [t.messages(count)] : []),
  ];
}
