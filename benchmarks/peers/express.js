// The REST peer: Express answers requests for history and for a report, over the same rows.
import express from "express";
import { openStore, toMessage } from "./store.js";

const { PORT, DATABASE } = process.env;
const db = openStore(DATABASE);
const app = express();
const COLUMNS = "room, id, rev, nick, verified, text, time, edited, deleted";
const newest = db.prepare(`SELECT ${COLUMNS} FROM messages WHERE room = ? ORDER BY id DESC LIMIT ?`);
const before = db.prepare(
  `SELECT ${COLUMNS} FROM messages WHERE room = ? AND id < ? ORDER BY id DESC LIMIT ?`,
);
const head = db.prepare("SELECT coalesce(max(rev), 0) AS rev FROM messages");
const report = db.prepare("SELECT * FROM reports WHERE week = ?");

app.get("/hello", (request, response) => response.send("hello"));

app.get("/chat/rooms/:room/messages", (request, response) => {
  const { room } = request.params;
  const limit = Math.min(Number(request.query.limit ?? 50), 200);
  const { rev } = head.get();
  const last = request.query.before;
  const rows = last === undefined ? newest.all(room, limit) : before.all(room, Number(last), limit);
  rows.reverse();
  const url = `/chat/rooms/${room}/messages`;
  const older = rows.length && rows[0].id > 1 ? `${url}?before=${rows[0].id}&limit=${limit}` : null;
  const newer =
    rows.length && last !== undefined ? `${url}?after=${rows.at(-1).id}&limit=${limit}` : null;
  response.json({ data: rows.map(toMessage), page: { older, newer }, rev, epoch: "0123456789abcdef" });
});

app.get("/reports/week/:week", (request, response) => {
  const row = report.get(Number(request.params.week));
  if (!row) return response.status(404).json({ errors: [{ status: 404, code: "not_found" }] });
  response.json({ data: { ...row, deleted: row.deleted === 1 } });
});

app.listen(Number(PORT), "127.0.0.1");
