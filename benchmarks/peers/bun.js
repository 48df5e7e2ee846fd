// Bun.serve with bun:sqlite, over HTTP.
import { INVALID, NOT_FOUND, openRest, UNAUTHORIZED } from "./rest.js";

const rest = openRest(process.env, Bun.markdown.html);
const failed = (status, body) => Response.json(body, { status });

const bodyOf = async (request) =>
  request.headers.get("content-type") === "application/x-www-form-urlencoded"
    ? Object.fromEntries(new URLSearchParams(await request.text()))
    : request.json();

Bun.serve({
  port: Number(process.env.PORT),
  hostname: "127.0.0.1",
  routes: {
    "/healthz": () => Response.json({ data: { status: "ok" } }),
    "/chat/rooms": () => Response.json(rest.rooms()),
    "/chat/rooms/:room/messages": {
      GET(request) {
        const token = request.headers.get("x-access-token");
        if (token !== null && !rest.user(token)) return failed(401, UNAUTHORIZED);
        const query = new URL(request.url).searchParams;
        const page = { limit: query.get("limit") ?? undefined, before: query.get("before") };
        return Response.json(rest.page(request.params.room, page));
      },
      async POST(request) {
        const body = await bodyOf(request);
        if (!rest.isMessage(body)) return failed(422, INVALID);
        return new Promise((resolve) =>
          rest.post(request.params.room, body, (data) => resolve(Response.json(data, { status: 201 }))),
        );
      },
    },
    "/reports/week/:week": {
      GET(request) {
        const report = rest.report(request.params.week);
        return report ? Response.json(report) : failed(404, NOT_FOUND);
      },
      async PUT(request) {
        const user = rest.user(request.headers.get("x-access-token"));
        if (!user) return failed(401, UNAUTHORIZED);
        const body = await request.json();
        if (!rest.isReport(body)) return failed(422, INVALID);
        return new Promise((resolve) =>
          rest.put(request.params.week, body, user, (found) =>
            resolve(found ? new Response(null, { status: 204 }) : failed(404, NOT_FOUND)),
          ),
        );
      },
    },
  },
  fetch: () => failed(404, NOT_FOUND),
});
