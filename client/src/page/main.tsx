import { render } from "preact";
import { App } from "./app";
import { findAuthor } from "./profile";
import { Session, SessionContext } from "./session";
import "./styles/index.css";

const place = document.getElementById("app");
if (!place) throw new Error("the page has no place for the app");

const session = new Session();
const author = await findAuthor();
render(
  <SessionContext.Provider value={session}>
    <App author={author} />
  </SessionContext.Provider>,
  place,
);
