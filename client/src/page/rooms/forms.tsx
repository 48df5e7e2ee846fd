import { api } from "../api";
import { useCurrentUser } from "../chat/current-user";
import { GUESTS } from "../chat/rooms";
import { Choice, Field, SectionForm, Select } from "../form";
import { texts } from "../i18n";
import { navigate, paths } from "../route";
import { useSession } from "../session";
import type { Room } from "./page";

interface Props {
  room: Room;
  /** Its path in the API. */
  path: string;
  token: string;
  onChange: (room: Room) => void;
}

/** What moderators change of a room, and what only owners do. */
export function RoomForms({ room, path, token, onChange }: Props) {
  const session = useSession();
  const { owner } = useCurrentUser();
  const t = texts.rooms;
  const change = async (body: Record<string, unknown>) => {
    onChange(await api<Room>(path, { method: "PATCH", body, token }));
    session.noteChange();
    return texts.account.saved;
  };
  const remove = async (reason: string) => {
    await api(`${path}?reason=${encodeURIComponent(reason)}`, { method: "DELETE", token });
    session.noteChange();
    navigate(paths.chat(room.name));
    return "";
  };
  return (
    <>
      <SectionForm id="rename" title={t.rename} button={texts.account.save} onSend={(field) => change({ title: field("title") })}>
        <Field key={room.title} id="room-title" name="title" label={t.newTitle} value={room.title} autocomplete="off" />
        <p>{t.addressStays}</p>
      </SectionForm>
      <SectionForm
        id="archive"
        title={t.archive}
        button={room.archived ? t.unarchive : t.archive}
        onSend={() => change({ archived: room.archived === null })}
      >
        <p>{room.archived ? t.isArchived : t.archiveText}</p>
      </SectionForm>
      {owner && (
        <>
          <SectionForm id="guests" title={t.guests} button={texts.account.save} onSend={(field) => change({ guests: field("guests") })}>
            <Select
              key={room.guests}
              id="room-guests"
              name="guests"
              label={t.guestsMay}
              options={GUESTS.map((access) => [access, t.access[access] ?? access])}
              value={room.guests}
            />
          </SectionForm>
          <SectionForm
            id="retention"
            title={t.retention}
            button={texts.account.save}
            onSend={(field) =>
              change({ retention_days: Number(field("retention_days")), retention_messages: Number(field("retention_messages")) })
            }
          >
            <Limit room={room} name="retention_days" label={t.days} />
            <Limit room={room} name="retention_messages" label={t.messages} />
            <p>{t.retentionText}</p>
          </SectionForm>
          <SectionForm id="delete-room" title={t.remove} button={t.remove} danger onSend={(field) => remove(field("reason"))}>
            <p>{t.removeText}</p>
            <Field id="room-reason" name="reason" label={t.reason} maxLength={200} autocomplete="off" required={false} />
            <Choice type="checkbox" name="sure" value="yes" label={t.removeSure} required />
          </SectionForm>
        </>
      )}
    </>
  );
}

function Limit({ room, name, label }: { room: Room; name: "retention_days" | "retention_messages"; label: string }) {
  const value = room[name] ? String(room[name]) : "";
  return (
    <Field
      key={value}
      {...{ name, label, value }}
      id={`room-${name}`}
      type="number"
      placeholder={texts.rooms.noLimit}
      autocomplete="off"
      required={false}
    />
  );
}
