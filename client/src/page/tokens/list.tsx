import { useEffect, useState } from "preact/hooks";
import { api } from "../api";
import { ConfirmButton } from "../confirm";
import { messageOf } from "../errors";
import { formatDate, formatMoment } from "../format";
import { texts } from "../i18n";
import { CreatedToken } from "./created";
import { TokenForm } from "./form";

export type Scope = keyof typeof texts.tokens.scopeNames;
export interface Token {
  id: string;
  name: string;
  scopes: Scope[];
  rooms: string[] | null;
  created: string;
  expires: string | null;
  last_used: string | null;
}
export interface NewToken extends Token {
  token: string;
}

/** The tokens of the user who has logged in with `login`, the one that was just made, and a form. */
export function TokenList({ login }: { login: string }) {
  const [tokens, setTokens] = useState<readonly Token[] | null>(null);
  const [created, setCreated] = useState<NewToken | null>(null);
  const [error, setError] = useState("");
  const load = () => api<Token[]>("/tokens", { token: login }).then(setTokens, (reason: unknown) => setError(messageOf(reason)));
  useEffect(() => void load(), [login]);

  const revoke = async (id: string) => {
    setError("");
    if (created?.id === id) setCreated(null);
    await api(`/tokens/${id}`, { method: "DELETE", token: login }).catch((reason: unknown) => setError(messageOf(reason)));
    await load();
    // The button that had the focus is gone.
    document.querySelector<HTMLElement>("main h1")?.focus();
  };
  const add = (made: NewToken) => {
    setCreated(made);
    void load();
  };
  return (
    <>
      {created && <CreatedToken key={created.id} created={created} />}
      <section class="token-list" aria-label={texts.tokens.title}>
        {error && <p class="fault" role="alert">{error}</p>}
        {tokens?.length === 0 && <p class="none">{texts.tokens.none}</p>}
        {tokens && tokens.length > 0 && (
          <ul class="rows">
            {tokens.map((token) => (
              <TokenItem key={token.id} token={token} onRevoke={() => void revoke(token.id)} />
            ))}
          </ul>
        )}
      </section>
      <TokenForm login={login} onCreated={add} />
    </>
  );
}

function TokenItem({ token, onRevoke }: { token: Token; onRevoke: () => void }) {
  const { rooms, expires, last_used: used } = token;
  const facts = [
    token.scopes.map((scope) => texts.tokens.scopeNames[scope]).join(", "),
    rooms === null ? texts.tokens.allRooms : rooms.join(", ") || texts.tokens.noRoom,
    used ? texts.tokens.used(formatMoment(used)) : texts.tokens.neverUsed,
    ...(expires ? [texts.tokens.until(formatDate(expires))] : []),
  ];
  return (
    <li>
      <div>
        <strong dir="auto">{token.name}</strong> <code>{token.id}</code>
        <p>{facts.join(" · ")}</p>
      </div>
      <div class="buttons">
        <ConfirmButton
          label={texts.tokens.revoke}
          subject={token.name}
          sure={texts.tokens.revokeSure}
          onConfirm={onRevoke}
        />
      </div>
    </li>
  );
}
