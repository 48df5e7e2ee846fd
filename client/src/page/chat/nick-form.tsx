import { useState } from "preact/hooks";
import { TOKEN_CODES } from "../../lib/connection.js";
import type { Problem } from "../../lib/index.js";
import { anyText } from "../../lib/safe-storage.js";
import { explain } from "../errors";
import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { useSession } from "../session";
import { stored } from "../storage";

const STORAGE_KEY = "me-api:last-nick";

/** The form for choosing a nick, in place of the composer. */
export function NickForm({ onLogin, onSubmit }: { onLogin: () => void; onSubmit?: () => void }) {
  const session = useSession();
  const error = useNickError();
  const [nick, setNick] = useState(() => stored.read(STORAGE_KEY, anyText) ?? "");
  const submit = (event: Event) => {
    event.preventDefault();
    const chosen = nick.trim();
    if (!chosen) return;
    stored.write(STORAGE_KEY, chosen);
    session.chooseNick(chosen);
    onSubmit?.();
  };
  return (
    <form class="door" onSubmit={submit}>
      <label for="nick">{texts.composer.chooseNick}</label>
      <div class="fields">
        <input
          id="nick"
          value={nick}
          maxLength={32}
          autocomplete="nickname"
          placeholder={texts.composer.nick}
          aria-describedby={error ? "nick-trouble" : undefined}
          aria-invalid={error !== null}
          onInput={(event) => {
            setNick(event.currentTarget.value);
            session.forgetRefusedNick();
          }}
        />
        <button type="submit" class="primary">
          {texts.composer.use}
        </button>
        <button type="button" class="quiet" onClick={onLogin}>
          {texts.composer.orLogin}
        </button>
      </div>
      <IdentityError />
    </form>
  );
}

/** Why the server refused the chosen nick. */
export function IdentityError() {
  const error = useNickError();
  if (!error) return null;
  return (
    <p id="nick-trouble" class="fault" role="alert">
      {explain(error)}
    </p>
  );
}

/** Return why the server refused the last nick; that a login has ended is shown for all views. */
function useNickError(): Problem | null {
  const error = useReadable(useSession().identityError);
  return error && !TOKEN_CODES.includes(error.code) ? error : null;
}

/** The login button in place of the composer, for guests in a room that they may only read. */
export function LoginPrompt({ onLogin }: { onLogin: () => void }) {
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
