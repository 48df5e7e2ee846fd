import { useEffect, useRef, useState } from "preact/hooks";
import { Pane } from "./chat/pane";
import { find, useRooms } from "./chat/rooms";
import { Header } from "./header";
import { LoginDialog } from "./login";
import { Me } from "./me";
import { Editor } from "./reports/editor";
import { ReportList } from "./reports/list";
import { ReportPage } from "./reports/report";
import { go, to, useRoute } from "./route";
import type { Route } from "./route";
import { useSession } from "./session";
import { texts } from "./i18n";
import { useMedia, useReadable } from "./hooks";

/** What the page is called while it is nobody's. */
const NAME = "me-api";

/** Two columns on a wide screen, one at a time on a phone; the chat stays as it is wherever one goes. */
export function App({ author }: { author: string | null }) {
  const session = useSession();
  const route = useRoute();
  const wide = useMedia("(min-width: 64rem)");
  const status = useReadable(session.client.status);
  const { token } = useReadable(session.who);
  const rooms = useRooms(status, token);
  const name = author ?? NAME;
  const [roomName, setRoomName] = useState((route.view === "chat" && route.room) || "lobby");
  const [unread, setUnread] = useState(0);
  const [loggingIn, logIn] = useState(false);
  const info = find(rooms, roomName);

  useEffect(() => void session.client.reports.open().catch(() => undefined), [session]);
  useEffect(() => {
    if (route.view === "chat" && route.room) setRoomName(route.room);
  }, [route]);
  useTitle(route, name, unread);

  const enter = (name: string) => {
    setRoomName(name);
    if (route.view === "chat") go(to.chat(name));
  };
  return (
    <div class="page" data-view={route.view}>
      <a class="skip" href="#main" onClick={focusMain}>
        {texts.skip}
      </a>
      <Header route={route} name={name} unread={unread} onLogin={() => logIn(true)} />
      <Main route={route} author={author} />
      <section class="chat" aria-labelledby="chat-title">
        <Pane
          key={info.name}
          info={info}
          rooms={rooms ?? [info]}
          seen={wide || route.view === "chat"}
          onRoom={enter}
          onLogin={() => logIn(true)}
          onUnread={setUnread}
        />
      </section>
      {loggingIn && <LoginDialog onEnd={() => logIn(false)} />}
    </div>
  );
}

function Main({ route, author }: { route: Route; author: string | null }) {
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  // A screen reader is told where one came; at the start it begins at the top by itself.
  useEffect(() => {
    if (!first.current && route.view !== "chat") main.current?.querySelector<HTMLElement>("h1")?.focus();
    first.current = false;
    scrollTo(0, 0);
  }, [route]);
  return (
    <main id="main" ref={main} tabIndex={-1}>
      {route.view === "me" || route.view === "chat" ? <Me author={author} /> : null}
      {route.view === "reports" && <ReportList />}
      {route.view === "report" && <ReportPage key={route.week} week={route.week} />}
      {route.view === "edit" && <Editor key={route.week} week={route.week} />}
    </main>
  );
}

function focusMain(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function useTitle(route: Route, name: string, unread: number): void {
  useEffect(() => {
    const places: Record<Route["view"], string | null> = {
      me: null,
      reports: texts.nav.reports,
      report: "week" in route && route.week ? texts.reports.week(route.week) : null,
      edit: "week" in route && route.week ? texts.editor.edit(route.week) : texts.editor.new,
      chat: texts.nav.chat,
    };
    const count = unread ? `(${unread}) ` : "";
    document.title = count + [places[route.view], name].filter(Boolean).join(" · ");
  }, [route, name, unread]);
}
