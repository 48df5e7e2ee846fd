/** Values that can be watched; what changes in one turn is told once, when all of it is done. */

import type { Readable } from "./types.js";

const changed = new Set<Cell<unknown>>();
let port: MessagePort | null = null;

abstract class Cell<T> implements Readable<T> {
  readonly #watchers = new Map<object, { run: (value: T) => void; told: T }>();

  abstract get value(): T;

  subscribe(run: (value: T) => void): () => void {
    const watcher = { run, told: this.value };
    this.#watchers.set(watcher, watcher);
    run(watcher.told);
    return () => void this.#watchers.delete(watcher);
  }

  /** Tell the watchers whatever they have not been told yet. */
  tell(): void {
    const value = this.value;
    for (const watcher of [...this.#watchers.values()]) {
      if (!this.#watchers.has(watcher) || Object.is(watcher.told, value)) continue;
      watcher.told = value;
      attempt(() => watcher.run(value));
    }
  }

  protected changed(): void {
    if (changed.size === 0) postpone();
    changed.add(this as Cell<unknown>);
  }
}

/** A value that is set. */
export class Value<T> extends Cell<T> {
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
    this.changed();
  }
}

/** A value that is made of other state when somebody looks: `touch` says that this has changed. */
export class View<T> extends Cell<T> {
  #made: { value: T } | null = null;
  #touched = false;

  constructor(
    private readonly make: () => T,
    private readonly same: (one: T, other: T) => boolean = Object.is,
  ) {
    super();
  }

  get value(): T {
    if (this.#made === null || this.#touched) {
      const value = this.make();
      if (this.#made === null || !this.same(this.#made.value, value)) this.#made = { value };
      this.#touched = false;
    }
    return this.#made.value;
  }

  touch(): void {
    this.#touched = true;
    this.changed();
  }
}

/**
 * Tell in a turn of its own. A microtask would tell after each event of a long replay; a timer is
 * held back for seconds in a hidden tab. A message queues behind the events that came already.
 */
function postpone(): void {
  if (port === null) {
    const channel = new MessageChannel();
    channel.port1.onmessage = tellAll;
    // In Node an open port would keep the process alive.
    for (const end of [channel.port1, channel.port2]) (end as { unref?: () => void }).unref?.();
    port = channel.port2;
  }
  port.postMessage(null);
}

function tellAll(): void {
  const cells = [...changed];
  changed.clear();
  for (const cell of cells) cell.tell();
}

/** Run a watcher; its error is reported as uncaught and keeps nothing from the others. */
function attempt(run: () => void): void {
  try {
    run();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
