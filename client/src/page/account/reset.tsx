import { api } from "../api";
import { Field, SectionForm } from "../form";
import { texts } from "../i18n";
import { navigate, paths } from "../route";
import { useSession } from "../session";
import type { LoginResponse } from "../session";

/** The form for a new password, which a link in an e-mail leads to. */
export function ResetPage({ token }: { token: string }) {
  const session = useSession();
  const reset = async (password: string) => {
    session.update(await api<LoginResponse>("/password-reset/confirm", { body: { token, password } }));
    navigate(paths.me);
    return texts.account.saved;
  };
  return (
    <>
      <h1 tabIndex={-1}>{texts.account.reset}</h1>
      <SectionForm id="reset" title={texts.account.password} button={texts.account.save} onSend={(field) => reset(field("password"))}>
        <Field id="reset-password" name="password" type="password" label={texts.account.newPassword} autocomplete="new-password" minLength={8} />
        <p>{texts.account.passwordHint}</p>
      </SectionForm>
    </>
  );
}
