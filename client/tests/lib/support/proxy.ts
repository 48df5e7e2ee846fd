/** A TCP proxy that loses connections on command. */

import { once } from "node:events";
import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";

export class Proxy {
  /** Reset new connections at once. */
  refuse = false;
  /** Let nothing of what the server says through. */
  deaf = false;
  #held: (() => void)[] | null = null;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(target: number) {
    this.#server = createServer((near) => this.#accept(near, target));
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

  /** Reset every connection, both ways. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#sockets.clear();
  }

  close(): void {
    this.#server.close();
    this.cut();
  }

  /** Let what the server says wait. */
  hold(): void {
    this.#held = [];
  }

  /** Let what waits through, and all that follows. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const pass of held) pass();
  }

  #answer(pass: () => void): void {
    if (this.#held) this.#held.push(pass);
    else if (!this.deaf) pass();
  }

  #accept(near: Socket, target: number): void {
    if (this.refuse) return void near.resetAndDestroy();
    const far = connect(target, "127.0.0.1");
    this.#join(near, far, (pass) => pass());
    this.#join(far, near, (pass) => this.#answer(pass));
  }

  #join(one: Socket, other: Socket, through: (pass: () => void) => void): void {
    this.#sockets.add(one);
    one.setNoDelay(true);
    one.on("data", (bytes) => through(() => void other.write(bytes)));
    one.on("end", () => other.end());
    one.on("error", () => other.destroy());
    one.on("close", () => {
      this.#sockets.delete(one);
      other.destroy();
    });
  }
}
