/** A TCP proxy that fails on command. */

import { once } from "node:events";
import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";

export class Proxy {
  /** Reset each new connection immediately. */
  refuseConnections = false;
  /** Discard what the server sends. */
  dropResponses = false;
  #held: (() => void)[] | null = null;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(target: number) {
    this.#server = createServer((client) => this.#accept(client, target));
  }

  static async to(target: number): Promise<Proxy> {
    const proxy = new Proxy(target);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Send a TCP reset on all connections, to both sides. */
  resetConnections(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#sockets.clear();
  }

  close(): void {
    this.#server.close();
    this.resetConnections();
  }

  /** Buffer what the server sends, until `releaseResponses`. */
  holdResponses(): void {
    this.#held = [];
  }

  releaseResponses(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const forward of held) forward();
  }

  #respond(forward: () => void): void {
    if (this.#held) this.#held.push(forward);
    else if (!this.dropResponses) forward();
  }

  #accept(client: Socket, target: number): void {
    if (this.refuseConnections) return void client.resetAndDestroy();
    const server = connect(target, "127.0.0.1");
    this.#pipe(client, server, (forward) => forward());
    this.#pipe(server, client, (forward) => this.#respond(forward));
  }

  #pipe(from: Socket, to: Socket, pass: (forward: () => void) => void): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on("data", (bytes) => pass(() => void to.write(bytes)));
    from.on("end", () => to.end());
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
