import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../api";
import { messageOf } from "../errors";
import { Choice, Field, Select } from "../form";
import { texts } from "../i18n";
import { useSession } from "../session";

/** Whom a moderator means: the sender of a message, or a member of the room. */
export interface Target {
  room: string;
  nick: string;
  /** Whether it is a registered user, who is not banned by address. */
  verified: boolean;
  /** The id of the message; null for a member. */
  message: number | null;
}

const MINUTES = [60, 1440, 10_080, null] as const;

/** The dialog in which moderators ban somebody, or delete all messages of somebody. */
export function ModerationDialog({ target, label, onClose }: { target: Target; label: string; onClose: () => void }) {
  const session = useSession();
  const dialog = useRef<HTMLDialogElement>(null);
  const [result, setResult] = useState({ text: "", failed: false });
  const [busy, setBusy] = useState(false);
  /** Whether deleting all messages has been asked for once. */
  const [sure, setSure] = useState(false);
  /** The id of the ban that was made here: it names a member who is in the room no longer. */
  const [ban, setBan] = useState<number | null>(null);
  const { room, nick, message } = target;
  const t = texts.moderation;
  // The native dialog traps the focus and closes on Escape.
  useEffect(() => {
    dialog.current?.showModal();
    // The buttons of the browser lead to other views of the page.
    const close = () => dialog.current?.close();
    addEventListener("hashchange", close);
    return () => removeEventListener("hashchange", close);
  }, []);

  const send = <R,>(path: string, body: object): Promise<R> => {
    const member = ban === null ? { member: { room, nick } } : { ban };
    const who = message === null ? member : { message: { room, id: message } };
    return api<R>(path, { method: "POST", body: { ...who, ...body }, token: session.account.value.token });
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const scope = data.get("place") === "room" ? { room } : {};
    const reason = String(data.get("reason") ?? "");
    const minutes = MINUTES[Number(data.get("time"))];
    const purging = (event.submitter as HTMLButtonElement | null)?.value === "purge";
    setSure(purging);
    if (purging && !sure) return;
    setBusy(true);
    try {
      if (purging) {
        const { count } = await send<{ count: number }>("/moderation/purge", { ...scope, reason });
        setResult({ text: t.purged(count), failed: false });
        setSure(false);
      } else {
        const address = data.has("address") ? { with_address: true } : {};
        const terms = { ...scope, ...address, ...(minutes && { minutes }), reason };
        setBan((await send<{ id: number }>("/moderation/bans", terms)).id);
        setResult({ text: t.banned(nick), failed: false });
      }
      session.noteChange();
    } catch (error) {
      setResult({ text: messageOf(error), failed: true });
    }
    setBusy(false);
  };
  return (
    <dialog ref={dialog} aria-labelledby="moderation-title" onClose={onClose}>
      <form onSubmit={submit}>
        <h2 id="moderation-title">{t.title(nick)}</h2>
        <Select
          id="moderation-place"
          name="place"
          label={t.place}
          options={[
            ["room", t.inRoom(label)],
            ["site", t.everywhere],
          ]}
        />
        <Select id="moderation-time" name="time" label={t.time} options={MINUTES.map((_, at) => [at, t.times[at] ?? ""])} />
        {!target.verified && <Choice type="checkbox" name="address" value="yes" label={t.address} />}
        <Field id="moderation-reason" name="reason" label={t.reason} maxLength={200} autocomplete="off" required={false} />
        <p class={result.failed ? "fault" : "done"} role="status">
          {result.text}
        </p>
        <div class="buttons">
          <button type="submit" class="primary" value="ban" disabled={busy}>
            {t.ban}
          </button>
          <button type="submit" class="danger" value="purge" disabled={busy}>
            {sure ? t.purgeSure : t.purge}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            {t.close}
          </button>
        </div>
      </form>
    </dialog>
  );
}
