import { useCurrentUser } from "../chat/current-user";
import { useRooms } from "../chat/rooms";
import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { useSession } from "../session";
import { BanList } from "./bans";
import { ModerationLog } from "./log";

/** The bans in force and the log of what owners and moderators have done, for both. */
export function ModerationPage() {
  const session = useSession();
  const { token } = useReadable(session.account);
  const { moderates } = useCurrentUser();
  const changes = useReadable(session.changes);
  const rooms = useRooms();
  return (
    <>
      <h1 tabIndex={-1}>{texts.moderation.view}</h1>
      {token && moderates ? (
        <>
          <BanList token={token} {...{ rooms, changes }} />
          <ModerationLog token={token} {...{ rooms, changes }} />
        </>
      ) : (
        <p class="none">{texts.moderation.moderatorsOnly}</p>
      )}
    </>
  );
}
