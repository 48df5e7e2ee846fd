/** A promise that is settled from outside; Node 20 has no `Promise.withResolvers`. */
export class Deferred {
  resolve!: () => void;
  reject!: (error: Error) => void;
  readonly promise = new Promise<void>((resolve, reject) => Object.assign(this, { resolve, reject }));
}
