import { useEffect, useRef, useState } from "preact/hooks";
import { useSession } from "./session";
import { texts } from "./i18n";

/** The dialog for logging in and registering. */
export function LoginDialog({ onClose }: { onClose: () => void }) {
  const session = useSession();
  const dialog = useRef<HTMLDialogElement>(null);
  const [registering, setRegistering] = useState(false);
  const [error, setError] = useState("");
  const [sent, setSent] = useState("");
  const [busy, setBusy] = useState(false);
  // The native dialog traps the focus and closes on Escape.
  useEffect(() => dialog.current?.showModal(), []);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const field = (name: string) => String(data.get(name) ?? "");
    setBusy(true);
    try {
      if (registering) await session.register(field("email"), field("password"), field("nick").trim());
      else await session.login(field("email"), field("password"));
      dialog.current?.close();
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : String(reason));
    }
    setBusy(false);
  };
  const form = useRef<HTMLFormElement>(null);
  const forgot = async () => {
    const email = form.current?.querySelector<HTMLInputElement>("[name=email]");
    if (!email?.reportValidity()) return;
    setSent("");
    setError("");
    try {
      await session.forgotPassword(email.value);
      setSent(texts.account.resetSent);
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : String(reason));
    }
  };
  const switchMode = () => {
    setError("");
    setRegistering(!registering);
  };
  const title = registering ? texts.account.register : texts.account.login;
  return (
    <dialog ref={dialog} class="login" aria-labelledby="login-title" onClose={onClose}>
      <form ref={form} onSubmit={submit}>
        <h2 id="login-title">{title}</h2>
        <Field name="email" type="email" label={texts.account.email} autocomplete="username" required />
        <Field
          name="password"
          type="password"
          label={texts.account.password}
          autocomplete={registering ? "new-password" : "current-password"}
          hint={registering ? texts.account.passwordHint : ""}
          minLength={registering ? 8 : 1}
          required
        />
        {registering && (
          <Field name="nick" type="text" label={texts.account.nick} autocomplete="nickname" hint={texts.account.nickHint} />
        )}
        <p class="fault" role="alert">
          {error}
        </p>
        <p role="status">{sent}</p>
        <div class="buttons">
          <button type="submit" class="primary" disabled={busy}>
            {title}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            {texts.account.close}
          </button>
        </div>
        {!registering && (
          <button type="button" class="quiet swap" onClick={forgot}>
            {texts.account.forgot}
          </button>
        )}
        <button type="button" class="quiet swap" onClick={switchMode}>
          {registering ? texts.account.toLogin : texts.account.toRegister}
        </button>
      </form>
    </dialog>
  );
}

interface FieldProps {
  name: string;
  type: "email" | "password" | "text";
  label: string;
  autocomplete: string;
  hint?: string;
  minLength?: number;
  required?: boolean;
}

function Field({ name, type, label, autocomplete, hint = "", minLength = 0, required = false }: FieldProps) {
  const id = `login-${name}`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input {...{ id, name, required, autocomplete, minLength }} type={type as "text"} aria-describedby={hint ? `${id}-hint` : undefined} />
      {hint && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}
