import { useEffect, useState } from "preact/hooks";
import type { User } from "../../lib/index.js";
import { api } from "../api";
import { ConfirmButton } from "../confirm";
import { messageOf } from "../errors";
import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { useSession } from "../session";

interface ManagedUser extends User {
  id: number;
  created: string;
  disabled: boolean;
}
const ROLES = ["owner", "moderator", "member"] as const;
const PAGE = 200;

/** The list of all accounts, which owners may change. */
export function UsersPage() {
  const session = useSession();
  const { token, user } = useReadable(session.account);
  const isOwner = token !== null && user?.role === "owner";
  return (
    <>
      <h1 tabIndex={-1}>{texts.users.title}</h1>
      {isOwner ? <UserList key={token} token={token} /> : <p class="none">{texts.users.ownersOnly}</p>}
    </>
  );
}

function UserList({ token }: { token: string }) {
  const [users, setUsers] = useState<ManagedUser[] | null>(null);
  const [error, setError] = useState("");
  const attempt = (work: Promise<void>) =>
    void work.catch((reason: unknown) => setError(messageOf(reason)));
  useEffect(() => attempt(readAll(token).then(setUsers)), [token]);

  const change = (id: number, body: Partial<ManagedUser>) => {
    setError("");
    const changed = api<ManagedUser>(`/users/${id}`, { method: "PATCH", body, token });
    attempt(
      changed.then(
        (made) => setUsers((all) => all && all.map((each) => (each.id === id ? made : each))),
        async (reason: unknown) => {
          setUsers(await readAll(token));
          throw reason;
        },
      ),
    );
  };
  return (
    <>
      {error && <p class="fault" role="alert">{error}</p>}
      <ul class="rows" aria-label={texts.users.title}>
        {users?.map((each) => (
          <li key={each.id}>
            <div>
              <strong>{each.nick}</strong>
              <p>
                {each.email} · {texts.users.id(each.id)}
                {each.disabled && ` · ${texts.users.isDisabled}`}
              </p>
            </div>
            <div class="buttons">
              <select
                aria-label={texts.users.roleOf(each.nick)}
                value={each.role}
                onChange={(event) => change(each.id, { role: event.currentTarget.value as User["role"] })}
              >
                {ROLES.map((role) => (
                  <option key={role} value={role}>
                    {texts.users.roles[role]}
                  </option>
                ))}
              </select>
              {each.disabled ? (
                <button type="button" class="quiet" onClick={() => change(each.id, { disabled: false })}>
                  {texts.users.enable}
                  <span class="unseen"> {each.nick}</span>
                </button>
              ) : (
                <ConfirmButton
                  label={texts.users.disable}
                  subject={each.nick}
                  sure={texts.users.disableSure}
                  onConfirm={() => change(each.id, { disabled: true })}
                />
              )}
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}

async function readAll(token: string): Promise<ManagedUser[]> {
  const all: ManagedUser[] = [];
  for (;;) {
    const page = await api<ManagedUser[]>(`/users?limit=${PAGE}&after=${all.at(-1)?.id ?? 0}`, { token });
    all.push(...page);
    if (page.length < PAGE) return all;
  }
}
