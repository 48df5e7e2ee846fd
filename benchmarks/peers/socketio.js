// The realtime peer: socket.io stores a message, broadcasts it to the room, and acknowledges it.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { messageWriter, openStore } from "./store.js";

const { PORT, DATABASE, RECOVERY } = process.env;
const write = messageWriter(openStore(DATABASE));
const http = createServer();
const recovery = { maxDisconnectionDuration: 120_000, skipMiddlewares: true };
const io = new Server(http, {
  serveClient: false,
  ...(RECOVERY === "1" && { connectionStateRecovery: recovery }),
});
const chat = io.of("/chat");

chat.on("connection", (socket) => {
  const nick = socket.handshake.auth.nick ?? "guest";
  socket.on("join", ({ room }, ack) => {
    socket.join(room);
    ack({ data: { room } });
  });
  socket.on("post", ({ room, text }, ack) => {
    const message = write(room, nick, text);
    chat.to(room).emit("message", message, String(message.rev));
    ack({ data: message });
  });
});

http.listen(Number(PORT), "127.0.0.1");
