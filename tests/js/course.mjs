// Chat clients as the course's students write them. Usage: node course.mjs KIND URL NAME
// A line on stdin is what somebody types and submits; what the client shows goes to stdout.
import { EventEmitter } from "node:events";
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const [kind, url, name] = process.argv.slice(2);
const socket = io(url, { reconnectionDelay: 20, reconnectionDelayMax: 50 });
const form = new EventEmitter();
const input = { value: "" };
const show = (shown) => console.log(JSON.stringify(shown));

const clients = {
  // Registers its handlers again whenever it is connected: from the second time on each submit
  // sends what was typed, and then what is left of it: nothing.
  twice() {
    socket.on("connect", () => {
      form.on("submit", () => {
        socket.emit("chat message", input.value);
        input.value = "";
      });
      socket.emit("history");
      socket.emit("new user", name);
    });
    socket.on("chat message", (message) => show(message));
    socket.on("history", (messages) => show(["history", ...messages]));
    socket.on("notice", (notice) => show(["notice", notice]));
  },
};

clients[kind]();
socket.on("connect", () => show("connected"));
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "CUT") {
    socket.io.engine.close();
  } else {
    input.value = line;
    form.emit("submit");
  }
}
process.exit(0);
