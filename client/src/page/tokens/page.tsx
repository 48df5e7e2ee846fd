import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { useSession } from "../session";
import { TokenList } from "./list";

/** The user's long-lived tokens; a visitor is asked to log in. */
export function TokenPage() {
  const session = useSession();
  const { token } = useReadable(session.account);
  return (
    <>
      <h1 tabIndex={-1}>{texts.tokens.title}</h1>
      <p class="lead">{texts.tokens.lead}</p>
      {token ? <TokenList key={token} login={token} /> : <p class="none token-list">{texts.tokens.login}</p>}
    </>
  );
}
