import { useState } from "preact/hooks";
import { api } from "../api";
import { useRooms } from "../chat/rooms";
import { Choice, Field, SectionForm, Select } from "../form";
import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { useSession } from "../session";
import type { NewToken, Scope } from "./list";

const SCOPES = ["read", "post", "reports", "rooms"] as const;
const OWNER_SCOPES = [...SCOPES, "monitor"] as const;
const ENDS = [30, 90, 365];
const DAY = 86_400_000;

/** The form for a new token: its name, what it allows, in which rooms, and until when. */
export function TokenForm({ login, onCreated }: { login: string; onCreated: (made: NewToken) => void }) {
  const session = useSession();
  const { user } = useReadable(session.account);
  const rooms = useRooms() ?? [];
  const [some, setSome] = useState(false);
  const scopes: readonly Scope[] = user?.role === "owner" ? OWNER_SCOPES : SCOPES;
  const t = texts.tokens;

  const create = async (field: (name: string) => string, data: FormData) => {
    const days = Number(field("days"));
    const body = {
      name: field("name"),
      scopes: data.getAll("scope"),
      ...(some && { rooms: data.getAll("room") }),
      ...(days && { expires: new Date(Date.now() + days * DAY).toISOString() }),
    };
    onCreated(await api<NewToken>("/tokens", { method: "POST", body, token: login }));
    setSome(false);
    return "";
  };
  return (
    <SectionForm id="token" title={t.create} button={t.create} onSend={create}>
      <Field id="token-name" name="name" label={t.name} maxLength={200} placeholder={t.namePlaceholder} />
      <fieldset>
        <legend>{t.scopes}</legend>
        {scopes.map((scope) => (
          <Choice key={scope} type="checkbox" name="scope" value={scope} label={t.scopeNames[scope]} />
        ))}
      </fieldset>
      <fieldset>
        <legend>{t.rooms}</legend>
        <Choice type="radio" name="which" value="all" label={t.allRooms} checked={!some} onChoose={() => setSome(false)} />
        <Choice type="radio" name="which" value="some" label={t.someRooms} checked={some} onChoose={() => setSome(true)} />
        {some && (
          <div class="choices">
            {rooms.map(({ name }) => (
              <Choice key={name} type="checkbox" name="room" value={name} label={name} />
            ))}
          </div>
        )}
      </fieldset>
      <Select
        id="token-days"
        name="days"
        label={t.ends}
        options={[["", t.noEnd], ...ENDS.map((days) => [days, t.days(days)] as const)]}
      />
    </SectionForm>
  );
}
