import { useEffect, useState } from "preact/hooks";
import { api } from "../api";
import { ConfirmButton } from "../confirm";
import { messageOf } from "../errors";
import { Choice } from "../form";
import { formatDate, formatMoment } from "../format";
import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { useSession } from "../session";
import { CreatedToken } from "./created";
import { TokenForm } from "./form";

export type Scope = keyof typeof texts.tokens.scopeNames;
export interface Token {
  id: string;
  name: string;
  /** The nick of its user. */
  user: string;
  scopes: Scope[];
  rooms: string[] | null;
  created: string;
  expires: string | null;
  last_used: string | null;
}
export interface NewToken extends Token {
  token: string;
}

/**
 * The tokens of the user who has logged in with `login`, the one that was just made, and a form. An
 * owner may see those of all users.
 */
export function TokenList({ login }: { login: string }) {
  const { user } = useReadable(useSession().account);
  const [all, setAll] = useState(false);
  const [tokens, setTokens] = useState<readonly Token[] | null>(null);
  const [created, setCreated] = useState<NewToken | null>(null);
  const [error, setError] = useState("");
  /** How often the list has been changed here: it is read again. */
  const [changes, setChanges] = useState(0);
  const noteChange = () => setChanges((count) => count + 1);
  const fail = (reason: unknown) => setError(messageOf(reason));
  const isOwner = user?.role === "owner";
  const ofAll = isOwner && all;
  useEffect(() => {
    let latest = true;
    const path = ofAll ? "/tokens?of=all" : "/tokens";
    void api<Token[]>(path, { token: login }).then((found) => latest && setTokens(found), fail);
    return () => void (latest = false);
  }, [login, ofAll, changes]);

  const revoke = async (id: string) => {
    setError("");
    if (created?.id === id) setCreated(null);
    await api(`/tokens/${id}`, { method: "DELETE", token: login }).catch(fail);
    noteChange();
    // The button that had the focus is gone.
    document.querySelector<HTMLElement>("main h1")?.focus();
  };
  const add = (made: NewToken) => {
    setCreated(made);
    noteChange();
  };
  return (
    <>
      {created && <CreatedToken key={created.id} created={created} />}
      <section class="token-list" aria-label={texts.tokens.title}>
        {error && <p class="fault" role="alert">{error}</p>}
        {isOwner && (
          <Choice type="checkbox" name="all" value="yes" label={texts.tokens.ofAll} checked={all} onChoose={() => setAll(!all)} />
        )}
        {tokens?.length === 0 && <p class="none">{texts.tokens.none}</p>}
        {tokens && tokens.length > 0 && (
          <ul class="rows">
            {tokens.map((token) => (
              <TokenItem key={token.id} token={token} named={ofAll} onRevoke={() => void revoke(token.id)} />
            ))}
          </ul>
        )}
      </section>
      <TokenForm login={login} onCreated={add} />
    </>
  );
}

interface ItemProps {
  token: Token;
  /** Whether the nick of its user is shown. */
  named: boolean;
  onRevoke: () => void;
}

function TokenItem({ token, named, onRevoke }: ItemProps) {
  const { rooms, expires, last_used: used } = token;
  const facts = [
    ...(named ? [token.user] : []),
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
