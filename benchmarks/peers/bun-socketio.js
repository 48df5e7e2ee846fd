// socket.io on Bun's engine for it, with bun:sqlite.
import { Server as Engine } from "@socket.io/bun-engine";
import { Server } from "socket.io";
import { options, serveChat } from "./chat.js";

const engine = new Engine({ path: "/socket.io/" });
const io = new Server(options(process.env));
io.bind(engine);
serveChat(io, process.env);
Bun.serve({ port: Number(process.env.PORT), hostname: "127.0.0.1", ...engine.handler() });
