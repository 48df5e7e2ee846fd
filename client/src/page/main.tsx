import { render } from "preact";
import { App } from "./app";
import { loadProfile } from "./me/profile";
import { Session, SessionContext } from "./session";
import "./styles/index.css";

const root = document.getElementById("app");
if (!root) throw new Error("the page has no element #app");

const session = new Session();
// Awaited before the first render, so that the layout does not shift when the presentation arrives.
const profile = await loadProfile();
render(
  <SessionContext.Provider value={session}>
    <App profile={profile} />
  </SessionContext.Provider>,
  root,
);
