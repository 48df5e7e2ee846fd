// Fastify with better-sqlite3.
import { parse } from "node:querystring";
import fastify from "fastify";
import { marked } from "marked";
import { INVALID, NOT_FOUND, openRest, UNAUTHORIZED } from "./rest.js";

const rest = openRest(process.env, marked.parse);
const app = fastify();

app.addContentTypeParser(
  "application/x-www-form-urlencoded",
  { parseAs: "string" },
  (request, body, done) => done(null, parse(body)),
);
app.setNotFoundHandler((request, reply) => reply.code(404).send(NOT_FOUND));

app.get("/healthz", (request, reply) => reply.send({ data: { status: "ok" } }));
app.get("/chat/rooms", (request, reply) => reply.send(rest.rooms()));

app.get("/chat/rooms/:room/messages", (request, reply) => {
  const token = request.headers["x-access-token"];
  if (token !== undefined && !rest.user(token)) return reply.code(401).send(UNAUTHORIZED);
  return reply.send(rest.page(request.params.room, request.query));
});

app.post("/chat/rooms/:room/messages", (request, reply) => {
  if (!rest.isMessage(request.body)) return reply.code(422).send(INVALID);
  rest.post(request.params.room, request.body, (body) => reply.code(201).send(body));
});

app.get("/reports/week/:week", (request, reply) => {
  const report = rest.report(request.params.week);
  return report ? reply.send(report) : reply.code(404).send(NOT_FOUND);
});

app.put("/reports/week/:week", (request, reply) => {
  const user = rest.user(request.headers["x-access-token"]);
  if (!user) return reply.code(401).send(UNAUTHORIZED);
  if (!rest.isReport(request.body)) return reply.code(422).send(INVALID);
  rest.put(request.params.week, request.body, user, (found) =>
    found ? reply.code(204).send() : reply.code(404).send(NOT_FOUND),
  );
});

await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
