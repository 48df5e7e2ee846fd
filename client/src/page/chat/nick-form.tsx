import { useState } from "preact/hooks";
import { useSession } from "../session";
import { texts } from "../i18n";
import { useReadable } from "../hooks";

const LAST_NICK = "me-api:last-nick";

/** What stands in place of the field for who has no name yet. */
export function NickDoor({ onLogin, onEnter }: { onLogin: () => void; onEnter?: () => void }) {
  const session = useSession();
  const trouble = useReadable(session.trouble);
  const [nick, setNick] = useState(() => localStorage.getItem(LAST_NICK) ?? "");
  const enter = (event: Event) => {
    event.preventDefault();
    const chosen = nick.trim();
    if (!chosen) return;
    localStorage.setItem(LAST_NICK, chosen);
    session.useNick(chosen);
    onEnter?.();
  };
  return (
    <form class="door" onSubmit={enter}>
      <label for="nick">{texts.composer.chooseNick}</label>
      <div class="fields">
        <input
          id="nick"
          value={nick}
          maxLength={32}
          autocomplete="nickname"
          placeholder={texts.composer.nick}
          aria-describedby={trouble ? "nick-trouble" : undefined}
          aria-invalid={trouble !== null}
          onInput={(event) => setNick(event.currentTarget.value)}
        />
        <button type="submit" class="primary">
          {texts.composer.use}
        </button>
        <button type="button" class="quiet" onClick={onLogin}>
          {texts.composer.orLogin}
        </button>
      </div>
      <Trouble />
    </form>
  );
}

/** Why one is not who one wanted to be. */
export function Trouble() {
  const trouble = useReadable(useSession().trouble);
  if (!trouble) return null;
  const ended = trouble.code === "expired_token" || trouble.code === "bad_token";
  return (
    <p id="nick-trouble" class="fault" role="alert">
      {ended ? texts.account.expired : trouble.detail}
    </p>
  );
}

/** For a room in which guests only read. */
export function MembersDoor({ onLogin }: { onLogin: () => void }) {
  return (
    <div class="door">
      <p>
        {texts.composer.membersOnly}{" "}
        <button type="button" class="quiet" onClick={onLogin}>
          {texts.account.login}
        </button>
      </p>
    </div>
  );
}
