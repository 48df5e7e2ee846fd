// What the REST peers do for a request, whichever server of HTTP calls it.
import { createHmac, timingSafeEqual } from "node:crypto";
import { committer, messageWriter, openStore, revCounter, toMessage } from "./store.js";

const COLUMNS = "room, id, rev, nick, verified, text, time, edited, deleted";
const EPOCH = "0123456789abcdef";

export const NOT_FOUND = { errors: [{ status: 404, code: "not_found", title: "Not Found" }] };
export const INVALID = { errors: [{ status: 422, code: "invalid", title: "Unprocessable Content" }] };
export const UNAUTHORIZED = { errors: [{ status: 401, code: "bad_token", title: "Unauthorized" }] };

// `renderMarkdown` converts the text of a report to HTML.
export function openRest({ DATABASE, SECRET, BATCHING }, renderMarkdown) {
  const db = openStore(DATABASE);
  const commit = committer(db, BATCHING === "1");
  const nextRev = revCounter(db);
  const writeMessage = messageWriter(db, nextRev);
  const newest = db.prepare(`SELECT ${COLUMNS} FROM messages WHERE room = ? ORDER BY id DESC LIMIT ?`);
  const before = db.prepare(
    `SELECT ${COLUMNS} FROM messages WHERE room = ? AND id < ? ORDER BY id DESC LIMIT ?`,
  );
  const head = db.prepare("SELECT coalesce(max(rev), 0) AS rev FROM messages");
  const rooms = db.prepare(
    "SELECT name, title, guests, created, coalesce((SELECT max(rev) FROM messages WHERE room = name" +
      " AND id = last_id), 0) AS rev, last_id FROM (SELECT *, coalesce((SELECT max(id) FROM messages" +
      " WHERE room = name), 0) AS last_id FROM rooms)",
  );
  const report = db.prepare("SELECT * FROM reports WHERE week = ?");
  const update = db.prepare(
    "UPDATE reports SET title = ?, text = ?, html = ?, updated = ?, rev = ? WHERE week = ? AND author = ?",
  );
  const user = db.prepare("SELECT id, nick FROM users WHERE id = ?");

  return {
    // Return a page of messages, the newest ones or those before an id.
    page(room, query) {
      const limit = Math.min(Number(query.limit ?? 50), 200);
      const { rev } = head.get();
      const last = query.before ?? undefined;
      const rows = last === undefined ? newest.all(room, limit) : before.all(room, Number(last), limit);
      rows.reverse();
      const url = `/chat/rooms/${room}/messages`;
      const older = rows.length && rows[0].id > 1 ? `${url}?before=${rows[0].id}&limit=${limit}` : null;
      const newer =
        rows.length && last !== undefined ? `${url}?after=${rows.at(-1).id}&limit=${limit}` : null;
      return { data: rows.map(toMessage), page: { older, newer }, rev, epoch: EPOCH };
    },

    rooms: () => ({ data: rooms.all() }),

    // Return a week's report, or undefined.
    report(week) {
      const row = report.get(Number(week));
      return row ? { data: { ...row, deleted: row.deleted === 1 } } : undefined;
    },

    // Return the user whose token this is (RFC 7519, HS256), or undefined.
    user(token) {
      const claims = verify(token, SECRET);
      return claims ? (user.get(Number(claims.sub)) ?? undefined) : undefined;
    },

    isMessage: ({ nick, text }) => isText(nick, 32) && isText(text, 2000),
    isReport: ({ title, text }) => isText(title, 200) && isText(text, 50_000),

    // Store a message; call `answer` with the body of the response once it is on disk.
    post: (room, { nick, text }, answer) =>
      commit(
        () => writeMessage(room, nick, text),
        (message) => answer({ data: message }),
      ),

    // Replace a report of this author; call `answer` once it is on disk, with whether there is one.
    put(week, { title, text }, author, answer) {
      const html = renderMarkdown(text);
      const now = new Date().toISOString();
      commit(
        () => update.run(title, text, html, now, nextRev(), Number(week), author.nick).changes === 1,
        answer,
      );
    },
  };
}

const isText = (value, longest) => typeof value === "string" && value !== "" && value.length <= longest;

function verify(token, secret) {
  const [head, body, signature, ...rest] = (token ?? "").split(".");
  if (signature === undefined || rest.length) return undefined;
  const expected = createHmac("sha256", secret).update(`${head}.${body}`).digest();
  const given = Buffer.from(signature, "base64url");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  if (decode(head).alg !== "HS256") return undefined;
  const claims = decode(body);
  return claims.exp > Date.now() / 1000 ? claims : undefined;
}

const decode = (part) => JSON.parse(Buffer.from(part, "base64url").toString());
