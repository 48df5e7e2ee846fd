// Ten chat clients, each as another student writes one, on one page. Usage: node dialects.mjs URL
// {"kind", "type": text} is what somebody types and submits, {"kind", "reload": true} a reload of
// the page. What a page shows goes to stdout, as {"kind", "shown": text}.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const url = process.argv[2];
// What a handler throws, a browser logs; the page goes on.
process.on("uncaughtException", (error) => console.error(error.message));
const say = (line) => console.log(JSON.stringify(line));

// Each gets its socket, its nick and a function that appends a line to the page, and returns what
// is done with what is typed.
const kinds = {
  // The first of Socket.IO's tutorials: a string, shown as it comes; its last step adds an argument.
  string(socket, nick, show) {
    socket.on("chat message", (message) => show(String(message)));
    return (text) => socket.emit("chat message", text, `${socket.id}-1`, () => {});
  },

  // The same, with a name for the server.
  named(socket, nick, show) {
    socket.on("chat message", (message) => show(String(message)));
    return (text) => socket.emit("chat message", text);
  },

  name(socket, nick, show) {
    socket.on("chat message", (data) => show(`${data.time} ${data.name}: ${data.message}`));
    return (message) => socket.emit("chat message", { name: nick, message });
  },

  currtime(socket, nick, show) {
    const line = (data) => show(`[${data.currtime}] ${data.user} skrev: ${data.msg}`);
    socket.emit("get history");
    socket.on("get history", (messages) => messages.forEach(line));
    socket.on("chat message", line);
    return (msg) => socket.emit("chat message", { currtime: "12:00", user: nick, msg });
  },

  nick(socket, nick, show) {
    socket.on("connect", () => socket.emit("history"));
    socket.on("history", (messages) => messages.forEach(({ nick, text }) => show(`${nick}> ${text}`)));
    socket.on("chat message", ({ nick, text }) => show(`${nick}> ${text}`));
    return (text) => socket.emit("chat message", { nick, text, color: "#e21400" });
  },

  username(socket, nick, show) {
    socket.on("chat message", (data) => show(`${data.username} ${data.text}`));
    return (text) => socket.emit("chat message", { username: nick, text, time: Date.now() });
  },

  json(socket, nick, show) {
    socket.on("chat message", (message) => {
      const { name, message: text } = JSON.parse(message);
      show(`${name}: ${text}`);
    });
    return (message) => socket.emit("chat message", JSON.stringify({ name: nick, message }));
  },

  send(socket, nick, show) {
    socket.on("message", (message) => show(String(message)));
    return (text) => socket.send(text);
  },

  sendJson(socket, nick, show) {
    socket.on("message", (message) => {
      const { user, msg } = JSON.parse(message);
      show(`${user}: ${msg}`);
    });
    return (msg) => socket.send(JSON.stringify({ user: nick, msg }));
  },

  // The chat among Socket.IO's examples.
  example(socket, username, show) {
    const line = (data) => show(`${data.username} ${data.message}`);
    socket.on("connect", () => socket.emit("add user", username));
    socket.on("login", ({ numUsers }) => show(`login ${numUsers}`));
    socket.on("user joined", (data) => show(`${data.username} joined ${data.numUsers}`));
    socket.on("user left", (data) => show(`${data.username} left ${data.numUsers}`));
    socket.on("new message", line);
    return (message) => {
      line({ username, message });
      socket.emit("new message", message);
    };
  },
};

const IN_AUTH = new Set(["named", "send"]);
const pages = {};

function open(kind) {
  const auth = IN_AUTH.has(kind) ? { nick: kind } : {};
  const socket = io(url, { auth, forceNew: true, transports: ["websocket"] });
  const submit = kinds[kind](socket, kind, (shown) => say({ kind, shown }));
  pages[kind] = { socket, submit };
  socket.on("connect", () => say({ kind, shown: "connected" }));
}

for (const kind of Object.keys(kinds)) open(kind);
for await (const line of createInterface({ input: process.stdin })) {
  const { kind, type, reload } = JSON.parse(line);
  if (reload) {
    pages[kind].socket.disconnect();
    open(kind);
  } else {
    pages[kind].submit(type);
  }
}
process.exit(0);
