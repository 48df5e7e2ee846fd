/** A process of a server, forked by tests/support/fork_server.py, which says how it is spoken to. */

import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { inject } from "vitest";

export interface Order {
  /** The Python file to run. */
  entry: string;
  arguments?: string[];
  environment: Record<string, string>;
  /** The file to which standard output and error are appended. */
  log: string;
}

export class ForkedProcess {
  running = true;

  private constructor(
    readonly pid: number,
    /** The exit code, which is negative for a signal. */
    readonly exited: Promise<number>,
  ) {
    void exited.then(() => (this.running = false));
  }

  static async start(order: Order): Promise<ForkedProcess> {
    const socket = connect(inject("forkServer"));
    const lines: string[] = [];
    const reader = createInterface(socket).on("line", (line) => lines.push(line));
    const closed = once(reader, "close");
    socket.write(JSON.stringify(order) + "\n");
    await once(reader, "line");
    return new ForkedProcess(Number(lines[0]), closed.then(() => Number(lines[1])));
  }

  /** Send a signal and wait for the end. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.running) process.kill(this.pid, signal);
    await this.exited;
  }
}
