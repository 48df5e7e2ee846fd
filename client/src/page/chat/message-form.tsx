import { useState } from "preact/hooks";
import type { Room } from "../../lib/index.js";
import { useSession } from "../session";
import { texts } from "../i18n";
import { useReadable } from "../hooks";
import { Composer } from "./composer";
import { MembersDoor, NickDoor, Trouble } from "./nick-form";
import type { RoomInfo } from "./rooms";
import type { WhoIAm } from "./current-user";

interface Props {
  info: RoomInfo;
  room: Room;
  who: WhoIAm;
  onLogin: () => void;
  onSent: () => void;
  onEditLast: () => void;
}

const RENAME = /^\/nick\s+(\S.*)$/;

/** Below the messages: who is writing, under which name one writes, and where. */
export function Foot({ info, room, who, onLogin, onSent, onEditLast }: Props) {
  const session = useSession();
  const typing = useReadable(room.typing);
  const [renaming, rename] = useState(false);
  const send = (text: string) => {
    const nick = RENAME.exec(text)?.[1]?.trim();
    // A guest's new nick has to be known here, too: a reload and the next connection bring it along.
    if (nick && !who.registered) session.useNick(nick);
    else room.post(text);
    onSent();
  };
  const closed = info.guests !== "post" && !who.registered;
  const named = who.nick !== null && !renaming;
  return (
    <>
      <div class="above">
        <p class="typing">{typing.length > 0 && texts.chat.typing(typing)}</p>
        {named && !closed && <As who={who} onRename={() => rename(true)} />}
      </div>
      {closed && <MembersDoor onLogin={onLogin} />}
      {!closed && !named && <NickDoor onLogin={onLogin} onEnter={() => rename(false)} />}
      {!closed && named && (
        <>
          <Composer room={room} onSend={send} onEditLast={onEditLast} />
          <Trouble />
        </>
      )}
    </>
  );
}

function As({ who, onRename }: { who: WhoIAm; onRename: () => void }) {
  const name = (
    <>
      {`${texts.composer.as} `}
      <b dir="auto">{who.nick}</b>
    </>
  );
  if (who.registered) return <p class="as">{name}</p>;
  return (
    <button type="button" class="as" title={texts.composer.change} onClick={onRename}>
      {name}
      <span class="unseen">{` – ${texts.composer.change}`}</span>
    </button>
  );
}
