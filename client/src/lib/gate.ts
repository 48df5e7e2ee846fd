/** Those who wait for a connection. */
export class Waiters {
  #waiting: { fulfil: () => void; reject: (why: Error) => void }[] = [];

  /** Wait, unless there is no hope. */
  wait(hopeless: Error | null): Promise<void> {
    if (hopeless) return Promise.reject(hopeless);
    return new Promise((fulfil, reject) => this.#waiting.push({ fulfil, reject }));
  }

  fulfil(): void {
    for (const { fulfil } of this.#waiting.splice(0)) fulfil();
  }

  reject(why: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(why);
  }
}
