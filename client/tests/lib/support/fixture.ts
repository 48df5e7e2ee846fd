/** The fixture of a test file: a server, and clients that are closed after each test. */

import { afterAll, afterEach, beforeAll } from "vitest";
import type { Options } from "../../../src/lib/index.js";
import type { Proxy } from "./proxy.js";
import { Server } from "./server.js";
import { TestClient } from "./test-client.js";

export interface Fixture {
  readonly server: Server;
  /**
   * Open a client, through a proxy of its own or a shared one. Its nick must be new to the server:
   * if a polling connection is reset, the server notices only by the unanswered ping, and the nick
   * is taken until then.
   */
  open(options: Options, proxy?: Proxy): Promise<TestClient>;
}

/** Start a server before the tests of a file or `describe` block, and stop it after them. */
export function useServer(settings: Record<string, string> = {}): Fixture {
  let server: Server | null = null;
  let clients: TestClient[] = [];
  beforeAll(async () => void (server = await Server.start(settings)));
  afterEach(() => {
    for (const client of clients) client.close();
    clients = [];
  });
  afterAll(() => server?.close());
  return {
    get server() {
      if (!server) throw new Error("the server has not been started yet");
      return server;
    },
    async open(options, proxy) {
      const client = await TestClient.create(this.server, options, proxy);
      clients.push(client);
      return client;
    },
  };
}
