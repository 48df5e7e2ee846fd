/** A process of a server, forked by tests/support/fork_server.py, which says how it is spoken to. */

import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { inject } from "vitest";

export interface Order {
  /** The Python file to run. */
  entry: string;
  environment: Record<string, string>;
  /** The file to which standard output and error are appended. */
  log: string;
}

export class ForkedProcess {
  running = true;

  private constructor(
    readonly pid: number,
    readonly exited: Promise<void>,
  ) {
    void exited.then(() => (this.running = false));
  }

  static async start(order: Order): Promise<ForkedProcess> {
    const socket = connect(inject("forkServer"));
    const lines = createInterface(socket);
    const exited = once(lines, "close");
    socket.write(JSON.stringify(order) + "\n");
    const [pid] = await once(lines, "line");
    return new ForkedProcess(Number(pid), exited.then(() => {}));
  }

  /** Send a signal and wait for the end. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.running) process.kill(this.pid, signal);
    await this.exited;
  }
}
