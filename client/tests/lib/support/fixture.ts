/** A server and its guests, all closed when the test file is done. */

import { afterAll, afterEach, beforeAll } from "vitest";
import type { Options } from "../../../src/lib/index.js";
import { Actor } from "./test-client.js";
import type { Proxy } from "./proxy.js";
import { Server } from "./server.js";

export interface Scene {
  readonly server: Server;
  /**
   * Let somebody in; through the line of somebody else, if they share it. Under a nick that no test before has used: whose line
   * is cut while they poll is missed only when they do not answer a ping.
   */
  enter(options: Options, line?: Proxy): Promise<Actor>;
}

export function scene(settings: Record<string, string> = {}): Scene {
  let server: Server | null = null;
  let actors: Actor[] = [];
  beforeAll(async () => void (server = await Server.start(settings)));
  afterEach(() => {
    for (const actor of actors) actor.close();
    actors = [];
  });
  afterAll(() => server?.close());
  return {
    get server() {
      if (!server) throw new Error("the server is not there yet");
      return server;
    },
    async enter(options, line) {
      const actor = await Actor.on(this.server, options, line);
      actors.push(actor);
      return actor;
    },
  };
}
