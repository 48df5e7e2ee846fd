import { useEffect, useState } from "preact/hooks";
import { api } from "../api";
import { labelIn } from "../chat/rooms";
import type { RoomInfo } from "../chat/rooms";
import { ConfirmButton } from "../confirm";
import { messageOf } from "../errors";
import { formatMoment } from "../format";
import { texts } from "../i18n";
import { useSession } from "../session";

interface Ban {
  id: number;
  target: string;
  /** The id of a user, whose nick may have changed since. */
  target_id: number | null;
  kind: "user" | "guest" | "address";
  /** Null for the whole site. */
  room: string | null;
  /** Null until it is lifted. */
  until: string | null;
  reason: string;
  /** How many addresses it is about. */
  addresses: number;
  created: string;
  actor: string;
}

interface Props {
  token: string;
  /** Those of which the titles are known. */
  rooms: readonly RoomInfo[] | null;
  changes: string;
}

/** The bans in force, each with a button that lifts it. Read again when `changes` does. */
export function BanList({ token, rooms, changes }: Props) {
  const session = useSession();
  const [bans, setBans] = useState<readonly Ban[] | null>(null);
  const [error, setError] = useState("");
  const fail = (reason: unknown) => setError(messageOf(reason));
  useEffect(() => void api<Ban[]>("/moderation/bans", { token }).then(setBans, fail), [token, changes]);

  const lift = async (id: number) => {
    setError("");
    await api(`/moderation/bans/${id}`, { method: "DELETE", token }).catch(fail);
    session.noteChange();
    // The button that had the focus goes.
    document.querySelector<HTMLElement>("main h1")?.focus();
  };
  const t = texts.moderation;
  return (
    <section aria-labelledby="bans">
      <h2 id="bans">{t.bans}</h2>
      {error && <p class="fault" role="alert">{error}</p>}
      {bans?.length === 0 && <p class="none">{t.noBans}</p>}
      {bans && bans.length > 0 && (
        <ul class="rows">
          {bans.map((ban) => (
            <li key={ban.id}>
              <div>
                <strong dir="auto">{nameOf(ban)}</strong> {ban.kind !== "address" && <small>{kindOf(ban)}</small>}
                <p>{factsOf(ban, rooms).join(" · ")}</p>
                {ban.reason && <p dir="auto">{ban.reason}</p>}
              </div>
              <div class="buttons">
                <ConfirmButton label={t.lift} subject={nameOf(ban)} sure={t.liftSure} onConfirm={() => void lift(ban.id)} />
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** An address has no name: it is stored nowhere. */
function nameOf({ kind, target }: Ban): string {
  return kind === "address" ? texts.moderation.kinds.address : target;
}

function kindOf({ kind, target_id: id }: Ban): string {
  return id === null ? texts.moderation.kinds[kind] : texts.users.id(id);
}

function factsOf({ room, until, addresses, created, actor }: Ban, rooms: Props["rooms"]): string[] {
  const t = texts.moderation;
  return [
    room === null ? t.everywhere : t.inRoom(labelIn(rooms, room)),
    until === null ? t.untilLifted : texts.tokens.until(formatMoment(until)),
    ...(addresses ? [t.addresses(addresses)] : []),
    t.byAt(actor, formatMoment(created)),
  ];
}
