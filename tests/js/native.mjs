// A client on the package ws. Usage: node native.mjs URL [SUBPROTOCOL …]
// A line on stdin is sent as it stands; what happens goes to stdout as JSON lines.
import { createInterface } from "node:readline";
import WebSocket from "ws";

const [url, ...protocols] = process.argv.slice(2);
const say = (...args) => console.log(JSON.stringify(args));
const socket = new WebSocket(url, protocols);

socket.on("open", () => say("open", socket.protocol));
socket.on("message", (data, binary) => say("message", binary ? [...data] : String(data)));
socket.on("ping", () => say("ping"));
socket.on("unexpected-response", (_, response) => {
  say("refused", response.statusCode);
  process.exit();
});
socket.on("error", (error) => say("error", error.message));
socket.on("close", (code, reason) => {
  say("close", code, String(reason));
  process.exit();
});

for await (const line of createInterface({ input: process.stdin })) {
  if (line === "BINARY") socket.send(Buffer.from([0, 1, 255]));
  else if (line === "FRAGMENTS") ["frag", "men", "ts"].forEach((part, n) => socket.send(part, { fin: n === 2 }));
  else if (line === "CLOSE") socket.close(4001, "hej då");
  else socket.send(line);
}
