// The database of the peers in JavaScript, with the same durability as that of me-api.
import Database from "better-sqlite3";
import { readFileSync } from "node:fs";

export function openStore(path) {
  const db = new Database(path);
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.exec(readFileSync(new URL("schema.sql", import.meta.url), "utf8"));
  return db;
}

// Convert a row to the JSON object that clients receive.
export function toMessage(row) {
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

// Return a function that stores a message and returns it. Ids and revs are counted in memory, which
// costs nothing and is correct as long as there is a single writer.
export function messageWriter(db) {
  const insert = db.prepare(
    "INSERT INTO messages (rev, room, id, nick, verified, text, time, edited, deleted)" +
      " VALUES (?, ?, ?, ?, 0, ?, ?, NULL, 0)",
  );
  let rev = db.prepare("SELECT coalesce(max(rev), 0) AS rev FROM messages").get().rev;
  const lastIds = new Map(
    db.prepare("SELECT room, max(id) AS id FROM messages GROUP BY room").all().map((row) => [row.room, row.id]),
  );
  return (room, nick, text) => {
    const id = (lastIds.get(room) ?? 0) + 1;
    const time = new Date().toISOString();
    // Without a transaction around it, the statement is committed and synced when run() returns.
    insert.run(rev + 1, room, id, nick, text, time);
    rev += 1;
    lastIds.set(room, id);
    return { room, id, rev, nick, verified: false, text, time, edited: null, deleted: false };
  };
}
