// socket.io on Node, with better-sqlite3.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { options, serveChat } from "./chat.js";

const http = createServer();
serveChat(new Server(http, options(process.env)), process.env);
http.listen(Number(process.env.PORT), "127.0.0.1");
