import { api } from "../api";
import { Choice, Field, SectionForm } from "../form";
import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { navigate, paths } from "../route";
import { useSession } from "../session";
import type { LoginResponse } from "../session";

/** The user's own account; a visitor is asked to log in. */
export function AccountPage() {
  const session = useSession();
  const { token, user } = useReadable(session.account);
  const t = texts.account;
  if (!token || !user)
    return (
      <>
        <h1 tabIndex={-1}>{t.title}</h1>
        <p class="none">{t.loginFirst}</p>
      </>
    );

  const change = async (body: Record<string, string>) => {
    session.update(await session.ending(() => api<LoginResponse>("/account", { method: "PATCH", body, token })));
    return t.saved;
  };
  const remove = async (body: Record<string, string>) => {
    await session.ending(() => api("/account", { method: "DELETE", body, token }));
    session.logout();
    navigate(paths.me);
    return t.deleted;
  };
  return (
    <>
      <h1 tabIndex={-1}>{t.title}</h1>
      <p class="lead">
        {t.loggedInAs(user.nick)}, {user.email}
      </p>
      <nav class="more" aria-label={t.more}>
        <a href={paths.tokens}>{texts.tokens.title}</a>
        <a href={paths.newRoom}>{texts.rooms.create}</a>
        {user.role !== "member" && <a href={paths.moderation}>{texts.moderation.view}</a>}
        {user.role === "owner" && <a href={paths.users}>{texts.users.title}</a>}
      </nav>
      <SectionForm id="nick" title={t.nick} button={t.save} onSend={(field) => change({ nick: field("nick").trim() })}>
        <Field key={user.nick} id="account-nick" name="nick" label={t.newNick} autocomplete="nickname" value={user.nick} />
        <p>{t.nickKept}</p>
      </SectionForm>
      <SectionForm
        id="email"
        title={t.email}
        button={t.save}
        onSend={(field) => change({ email: field("email"), current_password: field("current_password") })}
      >
        <Field key={user.email} id="account-email" name="email" label={t.newEmail} type="email" autocomplete="email" value={user.email} />
        <CurrentPassword id="email-current" />
      </SectionForm>
      <SectionForm
        id="password"
        title={t.password}
        button={t.save}
        onSend={(field) => change({ password: field("password"), current_password: field("current_password") })}
      >
        <CurrentPassword id="password-current" />
        <Field id="account-password" name="password" type="password" label={t.newPassword} autocomplete="new-password" minLength={8} />
        <p>{t.passwordEnds}</p>
      </SectionForm>
      <SectionForm
        id="sign-out"
        title={t.signOut}
        button={t.signOut}
        sure={t.signOutSure}
        onSend={async () => {
          await session.ending(() => api("/account/sign-out", { method: "POST", token }));
          session.logout();
          return "";
        }}
      >
        <p>{t.signOutText}</p>
      </SectionForm>
      <SectionForm id="data" title={t.data} button={t.download} onSend={() => download(token).then(() => "")}>
        <p>{t.dataText}</p>
      </SectionForm>
      <SectionForm
        id="delete"
        title={t.remove}
        button={t.remove}
        danger
        onSend={(field) => remove({ current_password: field("current_password"), messages: field("messages") })}
      >
        <p>{t.removeText}</p>
        <fieldset>
          <legend>{t.messages}</legend>
          {(["keep", "delete"] as const).map((choice) => (
            <Choice key={choice} type="radio" name="messages" value={choice} label={t.messagesChoice[choice]} required />
          ))}
        </fieldset>
        <CurrentPassword id="delete-current" />
      </SectionForm>
    </>
  );
}

/** The current password, which whoever changes an account has to know. */
function CurrentPassword({ id }: { id: string }) {
  return <Field id={id} name="current_password" type="password" label={texts.account.current} autocomplete="current-password" />;
}

/** Save what is stored about the user as a file. */
async function download(token: string): Promise<void> {
  const response = await fetch("/account/data", { headers: { "x-access-token": token } });
  if (!response.ok) throw new Error(texts.account.downloadFailed);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = "me-api-account.json";
  link.click();
  URL.revokeObjectURL(link.href);
}
