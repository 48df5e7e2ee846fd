import { useState } from "preact/hooks";
import { api } from "../api";
import { useRooms } from "../chat/rooms";
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
  const rooms = useRooms(useReadable(session.client.status), login, useReadable(session.client.roomChanges)) ?? [];
  const [some, setSome] = useState(false);
  const [error, setError] = useState("");
  const scopes: readonly Scope[] = user?.role === "owner" ? OWNER_SCOPES : SCOPES;

  const create = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const data = new FormData(form);
    const days = Number(data.get("days"));
    const body = {
      name: data.get("name"),
      scopes: data.getAll("scope"),
      ...(some && { rooms: data.getAll("room") }),
      ...(days && { expires: new Date(Date.now() + days * DAY).toISOString() }),
    };
    setError("");
    try {
      onCreated(await api<NewToken>("/tokens", { method: "POST", body, token: login }));
      form.reset();
      setSome(false);
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : String(reason));
    }
  };
  return (
    <section aria-labelledby="token-form">
      <h2 id="token-form">{texts.tokens.create}</h2>
      <form class="sheet" onSubmit={create}>
        <div class="field">
          <label for="token-name">{texts.tokens.name}</label>
          <input id="token-name" name="name" required maxLength={200} placeholder={texts.tokens.namePlaceholder} />
        </div>
        <fieldset>
          <legend>{texts.tokens.scopes}</legend>
          {scopes.map((scope) => (
            <Choice key={scope} type="checkbox" name="scope" value={scope} label={texts.tokens.scopeNames[scope]} />
          ))}
        </fieldset>
        <fieldset>
          <legend>{texts.tokens.rooms}</legend>
          <Choice type="radio" name="which" value="all" label={texts.tokens.allRooms} checked={!some} onChoose={() => setSome(false)} />
          <Choice type="radio" name="which" value="some" label={texts.tokens.someRooms} checked={some} onChoose={() => setSome(true)} />
          {some && (
            <div class="choices">
              {rooms.map(({ name }) => (
                <Choice key={name} type="checkbox" name="room" value={name} label={name} />
              ))}
            </div>
          )}
        </fieldset>
        <div class="field">
          <label for="token-days">{texts.tokens.ends}</label>
          <select id="token-days" name="days">
            <option value="">{texts.tokens.noEnd}</option>
            {ENDS.map((days) => (
              <option key={days} value={days}>
                {texts.tokens.days(days)}
              </option>
            ))}
          </select>
        </div>
        {error && <p class="fault" role="alert">{error}</p>}
        <div class="buttons">
          <button type="submit" class="primary">
            {texts.tokens.create}
          </button>
        </div>
      </form>
    </section>
  );
}

interface ChoiceProps {
  type: "checkbox" | "radio";
  name: string;
  value: string;
  label: string;
  checked?: boolean;
  onChoose?: () => void;
}

function Choice({ label, onChoose, checked, ...input }: ChoiceProps) {
  return (
    <label class="choice">
      <input {...input} {...(checked !== undefined && { checked })} onChange={onChoose} /> {label}
    </label>
  );
}
