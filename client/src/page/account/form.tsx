import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { texts } from "../i18n";

interface Props {
  id: string;
  title: string;
  button: string;
  danger?: boolean;
  children?: ComponentChildren;
  /** Sends the fields; returns what is said then. What it throws is shown. */
  onSend: (field: (name: string) => string) => Promise<string>;
}

/** A section of the account with a form: its heading, its fields, and what came of it. */
export function AccountForm({ id, title, button, danger = false, children, onSend }: Props) {
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState("");
  const [error, setError] = useState("");

  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const data = new FormData(form);
    setBusy(true);
    setDone("");
    setError("");
    try {
      setDone(await onSend((name) => String(data.get(name) ?? "")));
      form.reset();
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : String(reason));
    }
    setBusy(false);
  };
  return (
    <section aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      <form class="sheet account-form" onSubmit={send}>
        {children}
        <p role="status">{done}</p>
        {error && <p class="fault" role="alert">{error}</p>}
        <div class="buttons">
          <button type="submit" class={danger ? "danger" : "primary"} disabled={busy}>
            {button}
          </button>
        </div>
      </form>
    </section>
  );
}

interface FieldProps {
  id: string;
  name: string;
  label: string;
  type?: "text" | "email" | "password";
  autocomplete: string;
  value?: string;
  minLength?: number;
}

export function AccountField({ id, name, label, type = "password", autocomplete, value = "", minLength = 1 }: FieldProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input {...{ id, name, autocomplete, minLength }} type={type as "text"} defaultValue={value} required />
    </div>
  );
}

/** The current password, which whoever changes an account has to know. */
export function CurrentPassword({ id }: { id: string }) {
  return <AccountField id={id} name="current" label={texts.account.current} autocomplete="current-password" />;
}
