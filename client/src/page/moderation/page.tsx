import { useCurrentUser } from "../chat/current-user";
import { REFRESH, useRooms } from "../chat/rooms";
import { usePageVisible, useReadable, useTime } from "../hooks";
import { texts } from "../i18n";
import { useSession } from "../session";
import { BanList } from "./bans";
import { ModerationLog } from "./log";

/** The bans in force and the log of what owners and moderators have done, for both; read again regularly. */
export function ModerationPage() {
  const session = useSession();
  const { token } = useReadable(session.account);
  const { moderates } = useCurrentUser();
  const visible = usePageVisible();
  const time = useTime(REFRESH, visible);
  // Read again when the page is seen again, too.
  const changes = `${useReadable(session.changes)} ${time} ${visible}`;
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
