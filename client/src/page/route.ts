import { useEffect, useState } from "preact/hooks";

/** The current view. Routes are in the URL fragment, since paths belong to the API. */
export type Route =
  | { view: "me" }
  | { view: "me-edit" }
  | { view: "reports" }
  | { view: "report"; week: number; place: string | null }
  | { view: "edit"; week: number | null }
  | { view: "tokens" }
  | { view: "account" }
  | { view: "users" }
  | { view: "moderation" }
  | { view: "room"; room: string }
  | { view: "reset"; token: string }
  | { view: "chat"; room: string | null };

function parseRoute(hash: string): Route {
  const parts = hash.replace(/^#?\/?/, "").split("/").map(decode).filter(Boolean);
  const [view, second, third] = parts;
  if (view === "chat") return { view, room: second ?? null };
  if (view === "tokens" || view === "account" || view === "users" || view === "moderation") return { view };
  if (view === "rooms" && second) return { view: "room", room: second };
  if (view === "reset" && second) return { view, token: second };
  if (view !== "reports") return { view: view === "me" && second === "edit" ? "me-edit" : "me" };
  if (second === "new") return { view: "edit", week: null };
  const week = Number(second);
  if (!second || !Number.isSafeInteger(week) || week < 1) return { view: "reports" };
  return third === "edit" ? { view: "edit", week } : { view: "report", week, place: third ?? null };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const paths = {
  me: "#/",
  editMe: "#/me/edit",
  reports: "#/reports",
  newReport: "#/reports/new",
  report: (week: number, place?: string) => `#/reports/${week}${place ? `/${encodeURIComponent(place)}` : ""}`,
  edit: (week: number) => `#/reports/${week}/edit`,
  tokens: "#/tokens",
  account: "#/account",
  users: "#/users",
  moderation: "#/moderation",
  room: (room: string) => `#/rooms/${encodeURIComponent(room)}`,
  chat: (room?: string) => (room ? `#/chat/${encodeURIComponent(room)}` : "#/chat"),
};

export function navigate(hash: string): void {
  location.hash = hash;
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const update = () => setRoute(parseRoute(location.hash));
    addEventListener("hashchange", update);
    return () => removeEventListener("hashchange", update);
  }, []);
  return route;
}
