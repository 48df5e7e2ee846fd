// A chat over socket.io on Node that stores nothing.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { options } from "./chat.js";

const http = createServer();
let number = 0;
new Server(http, options(process.env)).of("/chat").on("connection", (socket) => {
  const nick = socket.handshake.auth.nick ?? "guest";
  socket.on("join", ({ room }, ack) => {
    socket.join(room);
    ack({ data: { room } });
  });
  socket.on("post", ({ room, text }, ack) => {
    number += 1;
    const time = new Date().toISOString();
    const message = {
      room,
      id: number,
      rev: number,
      nick,
      verified: false,
      text,
      time,
      edited: null,
      deleted: false,
    };
    socket.nsp.to(room).emit("message", message, String(number));
    ack({ data: message });
  });
});
http.listen(Number(process.env.PORT), "127.0.0.1");
