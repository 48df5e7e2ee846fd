import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Readable } from "../lib/index.js";
import { AccountPage } from "./account/page";
import { ResetPage } from "./account/reset";
import { UsersPage } from "./account/users";
import type { Target } from "./chat/jump";
import { Pane } from "./chat/pane";
import { useRoom, useRooms } from "./chat/rooms";
import type { RoomInfo } from "./chat/rooms";
import { useUnreadElsewhere } from "./chat/unread";
import { EndedLogin } from "./ended";
import { Header } from "./header";
import { useMediaQuery } from "./hooks";
import { texts } from "./i18n";
import { LoginDialog } from "./login";
import { MeEditor } from "./me/editor";
import { MePage } from "./me/page";
import { useProfile } from "./me/profile";
import type { Profile } from "./me/profile";
import { ModerationPage } from "./moderation/page";
import { ReportEditor } from "./reports/editor";
import { ReportList } from "./reports/list";
import { ReportPage } from "./reports/report";
import { NewRoomPage } from "./rooms/new";
import { RoomPage } from "./rooms/page";
import { navigate, paths, replaceRoute, useRoute } from "./route";
import type { Route } from "./route";
import { SearchPage } from "./search/page";
import { useSession } from "./session";
import { TokenPage } from "./tokens/page";

/** The title of a page without an owner. */
const DEFAULT_NAME = "me-api";
const NO_ROOMS: readonly RoomInfo[] = [];

/** The page and the chat: side by side on a wide screen, one at a time on a phone. */
export function App({ profile: source }: { profile: Readable<Profile> }) {
  const session = useSession();
  const route = useRoute();
  const wide = useMediaQuery("(min-width: 64rem)");
  const profile = useProfile(source);
  const name = profile.me?.name ?? profile.author ?? DEFAULT_NAME;
  // State, not derived from the route: the chat keeps its room while other views are shown.
  const [roomName, setRoomName] = useState(route.view === "chat" ? route.room : null);
  // The message that was chosen in the search, which stays beside the chat.
  const [opened, setOpened] = useState<Target | null>(null);
  /** How many messages of the room that is shown are unread. */
  const [unreadHere, setUnreadHere] = useState(0);
  const [loginOpen, setLoginOpen] = useState(false);
  const rooms = useRooms(roomName);
  const info = useRoom(rooms, roomName);
  const unread = unreadHere + useUnreadElsewhere(rooms ?? NO_ROOMS, info.name);
  const routeTarget = useMemo(() => targetOf(route), [route]);
  const target = route.view === "chat" ? routeTarget : opened;

  useEffect(() => void session.client.reports.open().catch(() => undefined), [session]);
  useEffect(() => {
    if (route.view === "chat" && route.room) setRoomName(route.room);
    setOpened(null);
  }, [route]);
  // The room that is shown stays, also when others take it away.
  useEffect(() => {
    if (rooms) setRoomName((chosen) => chosen ?? info.name);
  }, [rooms]);
  useTitle(route, name, unread);

  const chosen = useRef<string | null>(null);
  const selectRoom = (name: string) => {
    chosen.current = name;
    setRoomName(name);
    setOpened(null);
    if (route.view === "chat") navigate(paths.chat(name));
  };
  const openMessage = (room: string, message: number) => {
    setRoomName(room);
    setOpened({ room, message });
  };
  const leaveTarget = () => {
    setOpened(null);
    if (routeTarget) replaceRoute(paths.chat(routeTarget.room));
  };
  return (
    <div class="page" data-view={route.view}>
      <a class="skip" href="#main" onClick={focusMain}>
        {texts.skip}
      </a>
      <Header route={route} name={name} unread={unread} onLogin={() => setLoginOpen(true)} />
      <EndedLogin onLogin={() => setLoginOpen(true)} />
      <Main route={route} profile={profile} rooms={rooms ?? NO_ROOMS} onOpen={wide ? openMessage : null} />
      <section class="chat" aria-labelledby="chat-title">
        <Pane
          key={info.name}
          info={info}
          rooms={rooms ?? [info]}
          target={target?.room === info.name ? target : null}
          onTargetLeft={leaveTarget}
          visible={wide || route.view === "chat"}
          chosen={chosen}
          onRoom={selectRoom}
          onLogin={() => setLoginOpen(true)}
          onUnread={setUnreadHere}
        />
      </section>
      {loginOpen && <LoginDialog onClose={() => setLoginOpen(false)} />}
    </div>
  );
}

function targetOf(route: Route): Target | null {
  return route.view === "chat" && route.room && route.message ? { room: route.room, message: route.message } : null;
}

interface MainProps {
  route: Route;
  profile: Profile;
  rooms: readonly RoomInfo[];
  /** Shows a message in the chat beside the view; null where there is none. */
  onOpen: ((room: string, message: number) => void) | null;
}

function Main({ route, profile, rooms, onOpen }: MainProps) {
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    // A place in a report is shown by the report, as soon as that is loaded.
    const elsewhere = route.view === "report" && route.place !== null;
    // Focus the heading, so that a screen reader reads where the user has navigated to, or the field
    // of the search. Not on the first render: a screen reader starts at the top of a loaded page by itself.
    if (!first.current && !elsewhere && route.view !== "chat")
      main.current?.querySelector<HTMLElement>("h1[tabindex], [type=search]")?.focus();
    first.current = false;
    if (!elsewhere) scrollTo(0, 0);
  }, [route]);
  return (
    <main id="main" ref={main} tabIndex={-1}>
      {route.view === "me" || route.view === "chat" ? <MePage profile={profile} /> : null}
      {route.view === "me-edit" && <MeEditor profile={profile} />}
      {route.view === "tokens" && <TokenPage />}
      {route.view === "account" && <AccountPage />}
      {route.view === "users" && <UsersPage />}
      {route.view === "moderation" && <ModerationPage />}
      {route.view === "room" && <RoomPage key={route.room} name={route.room} />}
      {route.view === "new-room" && <NewRoomPage />}
      {route.view === "reset" && <ResetPage key={route.token} token={route.token} />}
      {route.view === "search" && <SearchPage words={route.words} rooms={rooms} onOpen={onOpen} />}
      {route.view === "reports" && <ReportList />}
      {route.view === "report" && <ReportPage key={route.week} week={route.week} place={route.place} />}
      {route.view === "edit" && <ReportEditor key={route.week} week={route.week} />}
    </main>
  );
}

function focusMain(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function useTitle(route: Route, name: string, unread: number): void {
  useEffect(() => {
    const titles: Record<Route["view"], string | null> = {
      me: null,
      "me-edit": texts.me.title,
      reports: texts.nav.reports,
      report: "week" in route && route.week ? texts.reports.week(route.week) : null,
      edit: "week" in route && route.week ? texts.editor.edit(route.week) : texts.editor.new,
      tokens: texts.tokens.title,
      account: texts.account.title,
      users: texts.users.title,
      moderation: texts.moderation.view,
      room: texts.rooms.view,
      "new-room": texts.rooms.create,
      reset: texts.account.reset,
      search: texts.search.title,
      chat: texts.nav.chat,
    };
    const count = unread ? `(${unread}) ` : "";
    document.title = count + [titles[route.view], name].filter(Boolean).join(" · ");
  }, [route, name, unread]);
  useEffect(() => {
    // The icon of an installed app; browsers without apps refuse it, or do not have it.
    void navigator.setAppBadge?.(unread).catch(() => undefined);
  }, [unread]);
}
