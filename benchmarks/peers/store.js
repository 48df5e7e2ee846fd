// The database of the peers in JavaScript, with the same durability as that of me-api.
import { readFileSync } from "node:fs";

// Both have the same functions prepare(), exec() and transaction().
const Database = process.versions.bun
  ? (await import("bun:sqlite")).Database
  : (await import("better-sqlite3")).default;

export function openStore(path) {
  const db = new Database(path);
  db.exec("PRAGMA journal_mode = WAL");
  db.exec("PRAGMA synchronous = FULL");
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

// Return a function that returns the next rev. Revs are counted in memory, which costs nothing and
// is correct as long as there is a single writer. So are the ids below.
export function revCounter(db) {
  let { rev } = db
    .prepare("SELECT max(coalesce((SELECT max(rev) FROM messages), 0), coalesce((SELECT max(rev) FROM reports), 0)) AS rev")
    .get();
  return () => (rev += 1);
}

// Return a function that stores a message and returns it.
export function messageWriter(db, nextRev = revCounter(db)) {
  const insert = db.prepare(
    "INSERT INTO messages (rev, room, id, nick, verified, text, time, edited, deleted)" +
      " VALUES (?, ?, ?, ?, 0, ?, ?, NULL, 0)",
  );
  const lastIds = new Map(
    db.prepare("SELECT room, max(id) AS id FROM messages GROUP BY room").all().map((row) => [row.room, row.id]),
  );
  return (room, nick, text) => {
    const id = (lastIds.get(room) ?? 0) + 1;
    const rev = nextRev();
    const time = new Date().toISOString();
    // Without a transaction around it, the statement is committed and synced when run() returns.
    insert.run(rev, room, id, nick, text, time);
    lastIds.set(room, id);
    return { room, id, rev, nick, verified: false, text, time, edited: null, deleted: false };
  };
}

// Return a function that calls `write`, and `answer` with its result once that is on disk. With
// `batching`, all writes of a turn of the event loop are one transaction.
export function committer(db, batching) {
  if (!batching) return (write, answer) => answer(write());
  let waiting = [];
  const runAll = db.transaction((batch) => batch.map(({ write }) => write()));
  const commit = () => {
    const batch = waiting;
    waiting = [];
    const results = runAll(batch);
    batch.forEach(({ answer }, place) => answer(results[place]));
  };
  return (write, answer) => {
    if (waiting.push({ write, answer }) === 1) setImmediate(commit);
  };
}
