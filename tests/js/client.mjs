// Drives unmodified socket.io-clients: commands as JSON lines on stdin, and all that
// the clients receive as JSON lines on stdout. tests/support/node.py is its other half.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const sockets = new Map();

const DEFAULTS = {
  forceNew: true,
  transports: ["websocket"],
  reconnectionDelay: 20,
  reconnectionDelayMax: 50,
  randomizationFactor: 0,
};

const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

// Bytes travel as {"$binary": base64} in both directions.
function revive(value) {
  if (Array.isArray(value)) return value.map(revive);
  if (value === null || typeof value !== "object") return value;
  if (typeof value.$binary === "string") return Buffer.from(value.$binary, "base64");
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, revive(v)]));
}

function plain(value) {
  if (Buffer.isBuffer(value) || value instanceof ArrayBuffer)
    return { $binary: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
}

const state = (socket) => ({
  connected: socket.connected,
  active: socket.active,
  recovered: socket.recovered === true,
  id: socket.id ?? null,
  pid: socket._pid ?? null,
  offset: socket._lastOffset ?? null,
  transport: socket.io.engine?.transport?.name ?? null,
});

function report(client, socket) {
  socket.on("connect", () => say({ client, event: "connect", args: [state(socket)] }));
  socket.on("connect_error", (error) =>
    say({
      client,
      event: "connect_error",
      // An active socket tries again by itself; one that the server refused does not.
      args: [{ message: error.message, data: error.data ?? null, active: socket.active }],
    }),
  );
  socket.on("disconnect", (reason) => say({ client, event: "disconnect", args: [reason] }));
  socket.onAny((event, ...args) => {
    const acknowledge = typeof args.at(-1) === "function" ? args.pop() : null;
    say({ client, event, args: plain(args), server: true });
    // What the server asks for with `ask…` is acknowledged with its own arguments.
    acknowledge?.(...(event.startsWith("ask") ? args : []));
  });
}

const commands = {
  connect({ client, url, namespace, auth, options, share }) {
    const all = { ...DEFAULTS, ...options };
    const socket = share
      ? sockets.get(share).io.socket(namespace, { auth })
      : io(url + namespace, { ...all, auth });
    sockets.set(client, socket);
    report(client, socket);
    return null;
  },

  emit({ event, args, timeout }, socket) {
    return new Promise((resolve, reject) => {
      socket.timeout(timeout).emit(event, ...revive(args), (error, ...answer) => {
        if (error) reject(error);
        else resolve(plain(answer.length === 1 ? answer[0] : answer));
      });
    });
  },

  emitNoAck({ event, args }, socket) {
    socket.emit(event, ...revive(args));
    return null;
  },

  // The transport closes without a Socket.IO DISCONNECT; the manager reconnects.
  cut(_, socket) {
    socket.io.engine.close();
    return null;
  },

  // The TCP connection is gone without a WebSocket close frame.
  destroy(_, socket) {
    socket.io.engine.transport.ws._socket.destroy();
    return null;
  },

  // An explicit DISCONNECT packet; the client does not reconnect.
  disconnect(_, socket) {
    socket.disconnect();
    return null;
  },

  reconnect(_, socket) {
    socket.connect();
    return null;
  },

  // From now on a lost connection stays lost, until release.
  hold(_, socket) {
    socket.io.reconnection(false);
    return null;
  },

  release(_, socket) {
    socket.io.reconnection(true);
    socket.connect();
    return null;
  },

  auth({ auth }, socket) {
    socket.auth = auth;
    return null;
  },

  state: (_, socket) => state(socket),

  // Drop one client: nothing that it receives from now on is reported.
  close({ client }, socket) {
    socket.offAny();
    socket.off();
    socket.io.reconnection(false);
    socket.disconnect();
    socket.io.engine?.close();
    sockets.delete(client);
    return null;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  Promise.resolve()
    .then(() => commands[command.do](command, sockets.get(command.client)))
    .then((answer) => say({ id: command.id, answer: answer ?? null }))
    .catch((error) => say({ id: command.id, error: String(error.message ?? error) }));
}
process.exit(0);
