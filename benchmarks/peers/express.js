// Express with better-sqlite3.
import express from "express";
import { marked } from "marked";
import { NOT_FOUND, openRest } from "./rest.js";

const rest = openRest(process.env, marked.parse);
const app = express();

app.get("/hello", (request, response) => response.send("hello"));

app.get("/chat/rooms/:room/messages", (request, response) => {
  response.json(rest.page(request.params.room, request.query));
});

app.get("/reports/week/:week", (request, response) => {
  const report = rest.report(request.params.week);
  return report ? response.json(report) : response.status(404).json(NOT_FOUND);
});

app.listen(Number(process.env.PORT), "127.0.0.1");
