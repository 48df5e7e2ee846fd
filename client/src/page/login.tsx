import { useEffect, useRef, useState } from "preact/hooks";
import { useSession } from "./session";
import { texts } from "./i18n";

/** Log in or register, in the browser's own dialog: it keeps the focus inside and ends with Escape. */
export function LoginDialog({ onEnd }: { onEnd: () => void }) {
  const session = useSession();
  const dialog = useRef<HTMLDialogElement>(null);
  const [registering, register] = useState(false);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const given = (name: string) => String(data.get(name) ?? "");
    setBusy(true);
    try {
      if (registering) await session.register(given("email"), given("password"), given("nick").trim());
      else await session.login(given("email"), given("password"));
      dialog.current?.close();
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };
  const swap = () => {
    setFault("");
    register(!registering);
  };
  const title = registering ? texts.account.register : texts.account.login;
  return (
    <dialog ref={dialog} class="login" aria-labelledby="login-title" onClose={onEnd}>
      <form onSubmit={submit}>
        <h2 id="login-title">{title}</h2>
        <Field name="email" type="email" label={texts.account.email} autocomplete="username" required />
        <Field
          name="password"
          type="password"
          label={texts.account.password}
          autocomplete={registering ? "new-password" : "current-password"}
          hint={registering ? texts.account.passwordHint : ""}
          least={registering ? 8 : 1}
          required
        />
        {registering && (
          <Field name="nick" type="text" label={texts.account.nick} autocomplete="nickname" hint={texts.account.nickHint} />
        )}
        <p class="fault" role="alert">
          {fault}
        </p>
        <div class="buttons">
          <button type="submit" class="primary" disabled={busy}>
            {title}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            {texts.account.close}
          </button>
        </div>
        <button type="button" class="quiet swap" onClick={swap}>
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
  least?: number;
  required?: boolean;
}

function Field({ name, type, label, autocomplete, hint = "", least = 0, required = false }: FieldProps) {
  const id = `login-${name}`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input {...{ id, name, required, autocomplete }} minLength={least} type={type as "text"} aria-describedby={hint ? `${id}-hint` : undefined} />
      {hint && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}
