import { render } from "preact";
import { App } from "./app";
import { Session, SessionContext } from "./session";
import "./styles/index.css";

const place = document.getElementById("app");
if (!place) throw new Error("the page has no place for the app");

render(
  <SessionContext.Provider value={new Session()}>
    <App />
  </SessionContext.Provider>,
  place,
);
