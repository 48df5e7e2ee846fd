// The peers' database: as durable as me-api's, and one statement for each message.
import Database from "better-sqlite3";
import { readFileSync } from "node:fs";

export function openStore(path) {
  const db = new Database(path);
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.exec(readFileSync(new URL("schema.sql", import.meta.url), "utf8"));
  return db;
}

// A row as the wire shows it.
export function present(row) {
  return {
    room: row.room,
    id: row.id,
    rev: row.rev,
    nick: row.nick,
    verified: row.verified === 1,
    text: row.text,
    time: row.time,
    edited: row.edited,
    deleted: row.deleted === 1,
  };
}

// Numbers are counted in memory, the cheapest way there is for a single writer.
export function messageWriter(db) {
  const insert = db.prepare(
    "INSERT INTO messages (rev, room, id, nick, verified, text, time, edited, deleted)" +
      " VALUES (?, ?, ?, ?, 0, ?, ?, NULL, 0)",
  );
  let rev = db.prepare("SELECT coalesce(max(rev), 0) AS rev FROM messages").get().rev;
  const lastIds = new Map(
    db.prepare("SELECT room, max(id) AS id FROM messages GROUP BY room").all().map((r) => [r.room, r.id]),
  );
  return (room, nick, text) => {
    const id = (lastIds.get(room) ?? 0) + 1;
    const time = new Date().toISOString();
    insert.run(rev + 1, room, id, nick, text, time); // committed, with its fsync, when this returns
    rev += 1;
    lastIds.set(room, id);
    return { room, id, rev, nick, verified: false, text, time, edited: null, deleted: false };
  };
}
