import { useEffect, useRef, useState } from "preact/hooks";
import { messageOf } from "./errors";
import { Field } from "./form";
import { texts } from "./i18n";
import { useSession } from "./session";

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
      setError(messageOf(reason));
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
      setError(messageOf(reason));
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
        <Field id="login-email" name="email" type="email" label={texts.account.email} autocomplete="username" />
        <Field
          id="login-password"
          name="password"
          type="password"
          label={texts.account.password}
          autocomplete={registering ? "new-password" : "current-password"}
          hint={registering ? texts.account.passwordHint : ""}
          minLength={registering ? 8 : 1}
        />
        {registering && (
          <Field
            id="login-nick"
            name="nick"
            label={texts.account.nick}
            autocomplete="nickname"
            hint={texts.account.nickHint}
            required={false}
          />
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
