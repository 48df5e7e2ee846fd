import { api } from "../api";
import { GUESTS } from "../chat/rooms";
import type { RoomInfo } from "../chat/rooms";
import { Field, SectionForm, Select } from "../form";
import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { navigate, paths } from "../route";
import { useSession } from "../session";

/** The form for a new room, for users. */
export function NewRoomPage() {
  const session = useSession();
  const { token } = useReadable(session.account);
  const t = texts.rooms;
  const create = async (field: (name: string) => string) => {
    const typed = field("name").trim();
    // Phones begin with a capital letter.
    const name = typed.toLowerCase().replace(/\s+/g, "-");
    const title = field("title").trim() || typed;
    const body = { name, guests: field("guests"), ...(title !== name && { title }) };
    await api<RoomInfo>("/chat/rooms", { body, token });
    session.noteChange();
    navigate(paths.chat(name));
    return "";
  };
  return (
    <>
      <a class="back" href={paths.chat()}>
        ← {texts.chat.title}
      </a>
      <h1 tabIndex={-1}>{t.create}</h1>
      {token === null ? (
        <p class="none">{t.login}</p>
      ) : (
        <SectionForm id="new-room" title={t.view} button={t.create} onSend={create}>
          <Field id="new-room-name" name="name" label={t.name} hint={t.nameHint} maxLength={64} autocomplete="off" />
          <Field
            id="new-room-title"
            name="title"
            label={t.newTitle}
            hint={t.titleHint}
            maxLength={200}
            autocomplete="off"
            required={false}
          />
          <Select
            id="new-room-guests"
            name="guests"
            label={t.guestsMay}
            options={GUESTS.map((access) => [access, t.access[access] ?? access])}
            value="post"
          />
        </SectionForm>
      )}
    </>
  );
}
