/** Observable values, after Svelte's store contract. Subscribers are notified once per turn of the event loop. */

import type { Readable } from "./types.js";

const changed = new Set<Store<unknown>>();
let port: MessagePort | null = null;

abstract class Store<T> implements Readable<T> {
  readonly #subscribers = new Map<object, { run: (value: T) => void; last: T }>();

  abstract get value(): T;

  subscribe(run: (value: T) => void): () => void {
    const subscriber = { run, last: this.value };
    this.#subscribers.set(subscriber, subscriber);
    run(subscriber.last);
    return () => void this.#subscribers.delete(subscriber);
  }

  /** Call every subscriber that was last called with another value. */
  notify(): void {
    const value = this.value;
    for (const subscriber of [...this.#subscribers.values()]) {
      // A subscriber called earlier in this loop may have ended this subscription.
      if (!this.#subscribers.has(subscriber) || Object.is(subscriber.last, value)) continue;
      subscriber.last = value;
      callSafely(() => subscriber.run(value));
    }
  }

  protected markChanged(): void {
    if (changed.size === 0) scheduleNotification();
    changed.add(this as Store<unknown>);
  }
}

/** A store whose value is set. */
export class Writable<T> extends Store<T> {
  #value: T;

  constructor(value: T) {
    super();
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    this.markChanged();
  }
}

/** A store whose value is computed from other state, lazily. Call `invalidate` when that state changes. */
export class Derived<T> extends Store<T> {
  #cached: { value: T } | null = null;
  #stale = false;

  constructor(
    private readonly compute: () => T,
    private readonly equal: (a: T, b: T) => boolean = Object.is,
  ) {
    super();
  }

  get value(): T {
    if (this.#cached === null || this.#stale) {
      const value = this.compute();
      if (this.#cached === null || !this.equal(this.#cached.value, value)) this.#cached = { value };
      this.#stale = false;
    }
    return this.#cached.value;
  }

  invalidate(): void {
    this.#stale = true;
    this.markChanged();
  }
}

/** Notify subscribers in a task of its own, after the events that have already been received. */
function scheduleNotification(): void {
  // Not a microtask: subscribers would run after each event of a long replay. Not a timer: browsers
  // delay timers of hidden tabs by seconds. A message queues behind the events received so far.
  if (port === null) {
    const channel = new MessageChannel();
    channel.port1.onmessage = notifyAll;
    // In Node an open port would keep the process alive.
    for (const end of [channel.port1, channel.port2]) (end as { unref?: () => void }).unref?.();
    port = channel.port2;
  }
  port.postMessage(null);
}

function notifyAll(): void {
  const stores = [...changed];
  changed.clear();
  for (const store of stores) store.notify();
}

/** Call a subscriber; report its error as uncaught, so that the other subscribers still run. */
function callSafely(run: () => void): void {
  try {
    run();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
