// Bun.serve with bun:sqlite, and the packets of Socket.IO written by hand, native WebSockets and
// Server-Sent Events. All posts of a turn are one transaction; then they are published, and then
// acknowledged.
import { randomUUID } from "node:crypto";
import { committer, messageWriter, openStore } from "./store.js";

const PING_INTERVAL = 25_000;
const PINGED = "ping";
const SSE_HEADERS = { "content-type": "text/event-stream", "cache-control": "no-store" };

const db = openStore(process.env.DATABASE);
const commit = committer(db, true);
const write = messageWriter(db);
const streams = new Map(); // the controllers of the streams of each room
const encoder = new TextEncoder();

const server = Bun.serve({
  port: Number(process.env.PORT),
  hostname: "127.0.0.1",
  idleTimeout: 0,
  routes: {
    "/chat/rooms/:room/stream": (request) => stream(request.params.room, request.signal),
    "/socket.io/": (request) => upgrade(request, { nick: "guest", receive: receivePacket, open: openSession }),
    "/ws/chat": (request) => {
      const query = new URL(request.url).searchParams;
      const room = query.get("room");
      const open = (ws) => ws.subscribe(`native:${room}`);
      return upgrade(request, { room, nick: query.get("nick"), receive: receiveText, open });
    },
  },
  fetch: () => new Response("not found", { status: 404 }),
  websocket: {
    idleTimeout: 120,
    open: (ws) => ws.data.open(ws),
    message: (ws, text) => ws.data.receive(ws, text),
  },
});

// Engine.IO: a ping is the packet "2", and the client answers with "3".
setInterval(() => server.publish(PINGED, "2"), PING_INTERVAL);

function upgrade(request, data) {
  return server.upgrade(request, { data }) ? undefined : new Response("no WebSocket", { status: 400 });
}

function openSession(ws) {
  const session = { sid: randomUUID(), upgrades: [], pingInterval: PING_INTERVAL };
  ws.subscribe(PINGED);
  ws.send(`0${JSON.stringify({ ...session, pingTimeout: 20_000, maxPayload: 1_000_000 })}`);
}

function receivePacket(ws, packet) {
  if (packet.startsWith("42/chat,")) {
    const start = packet.indexOf("[");
    const [name, body] = JSON.parse(packet.slice(start));
    receiveEvent(ws, name, body, packet.slice("42/chat,".length, start));
  } else if (packet.startsWith("40/chat,")) {
    ws.data.nick = JSON.parse(packet.slice("40/chat,".length)).nick ?? "guest";
    ws.send(`40/chat,{"sid":"${randomUUID()}"}`);
  }
}

function receiveEvent(ws, name, { room, text }, ack) {
  if (name === "join") {
    ws.subscribe(room);
    ws.send(`43/chat,${ack}[{"data":{"room":${JSON.stringify(room)}}}]`);
  } else if (name === "post") {
    post(room, ws.data.nick, text, (json) => ws.send(`43/chat,${ack}[{"data":${json}}]`));
  }
}

// A native client receives its own message as the acknowledgement.
function receiveText(ws, body) {
  post(ws.data.room, ws.data.nick, JSON.parse(body).text, () => {});
}

function post(room, nick, text, acknowledge) {
  commit(
    () => write(room, nick, text),
    (message) => {
      const json = JSON.stringify(message);
      server.publish(room, `42/chat,["message",${json},"${message.rev}"]`);
      if (server.subscriberCount(`native:${room}`)) {
        const { time: timestamp, text: data, nick: username } = message;
        const added = { timestamp, data, origin: "user", username, nickname: username, message: data };
        server.publish(`native:${room}`, JSON.stringify({ ...message, ...added }));
      }
      const controllers = streams.get(room);
      if (controllers) {
        const event = encoder.encode(`id: ${message.rev}\nevent: message\ndata: ${json}\n\n`);
        for (const controller of controllers) controller.enqueue(event);
      }
      acknowledge(json);
    },
  );
}

function stream(room, signal) {
  if (!streams.has(room)) streams.set(room, new Set());
  const controllers = streams.get(room);
  const start = (controller) => {
    controllers.add(controller);
    signal.addEventListener("abort", () => controllers.delete(controller));
    // A first comment, so that the client receives the head of the response.
    controller.enqueue(encoder.encode(":\n\n"));
  };
  return new Response(new ReadableStream({ start }), { headers: SSE_HEADERS });
}
