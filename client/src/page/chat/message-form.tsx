import { useEffect, useState } from "preact/hooks";
import type { Room } from "../../lib/index.js";
import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { useSession } from "../session";
import { Composer } from "./composer";
import type { CurrentUser } from "./current-user";
import { ClosedRoom } from "./closed";
import { IdentityError, LoginPrompt, NickForm } from "./nick-form";
import { labelOf } from "./rooms";
import type { RoomInfo } from "./rooms";

interface Props {
  info: RoomInfo;
  room: Room;
  user: CurrentUser;
  onLogin: () => void;
  onSent: () => void;
  onEditLast: () => void;
}

const NICK_COMMAND = /^\/nick\s+(\S.*)$/;

/** Below the messages: the typing indicator, the nick, and the composer or what is needed to get it. */
export function MessageForm({ info, room, user, onLogin, onSent, onEditLast }: Props) {
  const session = useSession();
  const typing = useReadable(room.typing);
  const problem = useReadable(room.problem);
  const [changingNick, setChangingNick] = useState(false);
  useEffect(() => () => session.forgetRefusedNick(), [room]);
  const send = (text: string) => {
    session.forgetRefusedNick();
    const nick = NICK_COMMAND.exec(text)?.[1]?.trim();
    // A guest's new nick is set through the session, so that it is used after a reload, too.
    if (nick && !user.registered) session.chooseNick(nick);
    else room.post(text);
    onSent();
  };
  if (problem) return <ClosedRoom info={info} problem={problem} onLogin={onLogin} />;
  if (info.archived)
    return (
      <p class="archived" role="status">
        {texts.chat.archived}
      </p>
    );
  if (user.banned)
    return (
      <div class="closed">
        <IdentityError />
      </div>
    );
  const membersOnly = info.guests !== "post" && !user.registered;
  const named = user.nick !== null && !changingNick;
  return (
    <>
      <div class="above">
        <p class="typing">{typing.length > 0 && texts.chat.typing(typing)}</p>
        {named && !membersOnly && <PostingAs user={user} onChange={() => setChangingNick(true)} />}
      </div>
      {membersOnly && <LoginPrompt onLogin={onLogin} />}
      {!membersOnly && !named && <NickForm onLogin={onLogin} onSubmit={() => setChangingNick(false)} />}
      {!membersOnly && named && (
        <>
          <Composer room={room} label={texts.composer.label(labelOf(info))} onSend={send} onEditLast={onEditLast} />
          <IdentityError />
        </>
      )}
    </>
  );
}

/** The current nick; for a guest a button that changes it. */
function PostingAs({ user, onChange }: { user: CurrentUser; onChange: () => void }) {
  const name = (
    <>
      {`${texts.composer.as} `}
      <b dir="auto">{user.nick}</b>
    </>
  );
  if (user.registered) return <p class="as">{name}</p>;
  return (
    <button type="button" class="as" title={texts.composer.change} onClick={onChange}>
      {name}
      <span class="unseen">{` – ${texts.composer.change}`}</span>
    </button>
  );
}
