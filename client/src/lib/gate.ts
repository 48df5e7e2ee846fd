import { Deferred } from "./deferred.js";

/** Requests that wait until the client is connected. */
export class ConnectionGate {
  #waiting: Deferred[] = [];

  /** Wait for `open`. Rejects at once with `terminalError`, if there is one. */
  wait(terminalError: Error | null): Promise<void> {
    if (terminalError) return Promise.reject(terminalError);
    const deferred = new Deferred();
    this.#waiting.push(deferred);
    return deferred.promise;
  }

  open(): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
