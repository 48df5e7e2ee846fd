// The chat over socket.io: it stores a message, broadcasts it to the room, and acknowledges it.
import { committer, messageWriter, openStore } from "./store.js";

const recovery = { maxDisconnectionDuration: 120_000, skipMiddlewares: true };

// The options of a server of socket.io.
export const options = ({ RECOVERY }) => ({
  serveClient: false,
  ...(RECOVERY === "1" && { connectionStateRecovery: recovery }),
});

export function serveChat(io, { DATABASE, BATCHING }) {
  const db = openStore(DATABASE);
  const commit = committer(db, BATCHING === "1");
  const write = messageWriter(db);
  const chat = io.of("/chat");
  chat.on("connection", (socket) => {
    const nick = socket.handshake.auth.nick ?? "guest";
    socket.on("join", ({ room }, ack) => {
      socket.join(room);
      ack({ data: { room } });
    });
    socket.on("post", ({ room, text }, ack) => {
      commit(
        () => write(room, nick, text),
        (message) => {
          chat.to(room).emit("message", message, String(message.rev));
          ack({ data: message });
        },
      );
    });
  });
}
