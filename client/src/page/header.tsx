import { useReadable } from "./hooks";
import { texts } from "./i18n";
import mark from "./mark.svg";
import { paths } from "./route";
import type { Route } from "./route";
import { useSession } from "./session";

interface Props {
  route: Route;
  name: string;
  unread: number;
  onLogin: () => void;
}

export function Header({ route, name, unread, onLogin }: Props) {
  const inMe = route.view === "me" || route.view === "me-edit";
  const inReports = ["reports", "report", "edit"].includes(route.view);
  return (
    <header class="top">
      <a class="home" href={paths.me}>
        <img src={mark} alt="" width="28" height="28" />
        <span>{name}</span>
      </a>
      <nav class="pages" aria-label={texts.nav.label}>
        <NavLink href={paths.me} current={inMe} icon={ME} name={texts.nav.me} />
        <NavLink href={paths.reports} current={inReports} icon={REPORTS} name={texts.nav.reports} />
        <NavLink href={paths.chat()} current={route.view === "chat"} icon={CHAT} name={texts.nav.chat} count={unread} />
      </nav>
      <AccountMenu onLogin={onLogin} />
    </header>
  );
}

function NavLink(props: { href: string; current: boolean; icon: string; name: string; count?: number }) {
  const { href, current, icon, name, count = 0 } = props;
  return (
    <a href={href} aria-current={current ? "page" : undefined}>
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d={icon} />
      </svg>
      <span>{name}</span>
      {count > 0 && <span class="count">{count > 99 ? "99+" : count}</span>}
    </a>
  );
}

const ME = "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5";
const REPORTS = "M6 3.5h8.5l4 4v13H6zM9 11h6.5M9 14.5h6.5";
const CHAT = "M4 5.5h16v11h-9L6.5 20v-3.5H4z";

function AccountMenu({ onLogin }: { onLogin: () => void }) {
  const session = useSession();
  const { user } = useReadable(session.account);
  if (!user)
    return (
      <div class="account">
        <button type="button" class="quiet" onClick={onLogin}>
          {texts.account.login}
        </button>
      </div>
    );
  return (
    <div class="account">
      <a class="user" href={paths.account} title={texts.account.title}>
        <span class="unseen">{texts.account.loggedInAs("")}</span>
        {user.nick}
        {user.role !== "member" && <small>{texts.users.roles[user.role]}</small>}
      </a>
      <button type="button" class="quiet" onClick={() => session.logout()}>
        {texts.account.logout}
      </button>
    </div>
  );
}
