/** The real server in a process of its own, which tests start, kill and restart. */

import { once } from "node:events";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { call } from "../../../src/lib/index.js";
import { ForkedProcess } from "./forked-process.js";
import { ROOT } from "./paths.js";
import { waitUntil } from "./wait.js";

export class Server {
  process: ForkedProcess | null = null;
  /** Constant, so that tokens remain valid after a restart. */
  readonly #secret = randomBytes(32).toString("hex");

  private constructor(
    readonly port: number,
    readonly folder: string,
    private readonly settings: Record<string, string>,
  ) {}

  /** Start app.py with a folder, database and port of its own, which a restart keeps. */
  static async start(settings: Record<string, string> = {}): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), "me-api-client-"));
    await copyFile(inject("emptyDatabase"), join(folder, "me-api.sqlite"));
    const server = new Server(await freePort(), folder, settings);
    await server.start();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    this.process = await ForkedProcess.start({
      entry: join(ROOT, "app.py"),
      environment: this.#environment(),
      log: join(this.folder, "server.log"),
    });
    await waitUntil(() => this.#isReady(), "the server to be ready");
  }

  async kill(): Promise<void> {
    await this.process?.end("SIGKILL");
  }

  /** Send SIGTERM and wait until the server has shut down. */
  async stop(): Promise<void> {
    await this.process?.end("SIGTERM");
  }

  async deleteDatabase(): Promise<void> {
    for (const suffix of ["", "-wal", "-shm"]) await rm(join(this.folder, `me-api.sqlite${suffix}`), { force: true });
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** Run a `flask` command with the settings of this server. */
  async flask(...args: string[]): Promise<void> {
    const log = join(this.folder, "flask.log");
    const command = await ForkedProcess.start({
      entry: join(ROOT, "tests", "entries", "flask_command.py"),
      arguments: args,
      environment: this.#environment(),
      log,
    });
    const code = await command.exited;
    if (code !== 0) throw new Error(`the command ended with ${code}:\n${await readFile(log, "utf8")}`);
  }

  async close(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true });
  }

  /** Return all messages of a room from REST. */
  async history<T>(room: string): Promise<T[]> {
    const all: T[] = [];
    for (;;) {
      const page = await call<T[]>(this.url, `/chat/rooms/${room}/messages?limit=200&after=${all.length}`);
      all.push(...page);
      if (page.length < 200) return all;
    }
  }

  async #isReady(): Promise<boolean> {
    if (this.process?.running === false) {
      throw new Error(`the server has exited:\n${await readFile(join(this.folder, "server.log"), "utf8")}`);
    }
    const response = await fetch(`${this.url}/readyz`).catch(() => null);
    return response?.status === 200;
  }

  #environment(): Record<string, string> {
    const database = join(this.folder, "me-api.sqlite");
    return {
      PATH: process.env["PATH"] ?? "",
      PYTHONUNBUFFERED: "1",
      ME_API_PORT: String(this.port),
      ME_API_DATABASE_URL: `sqlite:///${database}`,
      ME_API_JWT_SECRET: this.#secret,
      ME_API_RATE_LIMITS: "off",
      // If the server is killed while engine.io-client changes from polling to WebSocket, the client
      // notices only that no ping arrives: after 15 s, instead of the usual 45.
      ME_API_PING_INTERVAL: "5",
      ME_API_PING_TIMEOUT: "10",
      ...this.settings,
    };
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
