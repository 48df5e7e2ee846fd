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
  | { view: "new-room" }
  | { view: "reset"; token: string }
  | { view: "search"; words: string }
  | { view: "chat"; room: string | null; message: number | null };

export function parseRoute(hash: string): Route {
  const parts = hash.replace(/^#?\/?/, "").split("/").map(decode).filter(Boolean);
  const [view, second, third] = parts;
  if (view === "chat") return { view, room: second ?? null, message: positive(third) };
  if (view === "search") return { view, words: second ?? "" };
  if (view === "tokens" || view === "account" || view === "users" || view === "moderation") return { view };
  if (view === "rooms") return second ? { view: "room", room: second } : { view: "new-room" };
  if (view === "reset" && second) return { view, token: second };
  if (view !== "reports") return { view: view === "me" && second === "edit" ? "me-edit" : "me" };
  if (second === "new") return { view: "edit", week: null };
  const week = positive(second);
  if (week === null) return { view: "reports" };
  return third === "edit" ? { view: "edit", week } : { view: "report", week, place: third ?? null };
}

/** Return the number that a part of the address is, or null. */
function positive(part: string | undefined): number | null {
  const number = Number(part);
  return Number.isSafeInteger(number) && number > 0 ? number : null;
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
  // A room may be called `new`.
  newRoom: "#/rooms",
  room: (room: string) => `#/rooms/${encodeURIComponent(room)}`,
  search: (words = "") => (words ? `#/search/${encodeURIComponent(words)}` : "#/search"),
  message: (room: string, id: number) => `#/chat/${encodeURIComponent(room)}/${id}`,
  chat: (room?: string) => (room ? `#/chat/${encodeURIComponent(room)}` : "#/chat"),
};

export function navigate(hash: string): void {
  location.hash = hash;
}

/** Change the address without a new entry in the browser's history. */
export function replaceRoute(hash: string): void {
  location.replace(hash);
}

/** Handle a click on a link to a view: call `open` instead, unless it is for another tab or window. */
export function follow(event: MouseEvent, open: (() => void) | null): void {
  if (!open || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  open();
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
