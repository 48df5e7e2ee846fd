import { TOKEN_CODES } from "../lib/connection.js";
import { explain } from "./errors";
import { useReadable } from "./hooks";
import { texts } from "./i18n";
import { useSession } from "./session";

/** Why the user is logged in no longer, on every view, until a login or another choice. */
export function EndedLogin({ onLogin }: { onLogin: () => void }) {
  const session = useSession();
  const error = useReadable(session.identityError);
  if (!error || !TOKEN_CODES.includes(error.code)) return null;
  return (
    <div class="ended" role="alert">
      <p class="fault">{explain(error)}</p>
      <button type="button" class="quiet" onClick={onLogin}>
        {texts.account.login}
      </button>
      <button type="button" class="quiet" onClick={() => session.identityError.set(null)}>
        {texts.account.close}
      </button>
    </div>
  );
}
