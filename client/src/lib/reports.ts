/** The reports, by week, kept equal to what REST returns. */

import type { Manager } from "socket.io-client";
import { Value, View } from "./store.js";
import { ApiError, Dropped } from "./errors.js";
import { Link } from "./connection.js";
import { pause } from "./delay.js";
import type { Report, ReportsFeed } from "./types.js";

/** Reports of a page: a text may have 50,000 characters. */
const PAGE = 20;

type Known = Report & { deleted: boolean };

export class Reports implements ReportsFeed {
  readonly #known = new Map<number, Known>();
  readonly #link: Link;
  #rev = 0;
  #epoch: string | null = null;
  #complete = false;
  #opened: { promise: Promise<void>; fulfil: () => void } | null = null;

  readonly reports = new View(() => this.#snapshot());
  readonly live = new Value(false);

  constructor(manager: Manager) {
    // Anybody may read them, so nobody has to say who they are, and nobody is refused.
    this.#link = new Link(manager, "/reports", {
      auth: () => ({}),
      connected: (recovered) => (this.#complete &&= recovered),
      dropped: () => this.live.set(false),
      refused: () => this.live.set(false),
    });
    this.#link.on("ready", () => void this.#catchUp());
    this.#link.on("report", (report: Known) => this.#hear(report));
  }

  open(): Promise<void> {
    this.#opened ??= deferred();
    this.#link.open();
    return this.#opened.promise;
  }

  close(): void {
    this.#link.close();
    this.live.set(false);
  }

  #hear(report: Known): void {
    if (this.#complete) this.#rev = Math.max(this.#rev, report.rev);
    this.#put(report);
  }

  async #catchUp(): Promise<void> {
    try {
      while (!this.#complete) await this.#page();
      this.live.set(this.#link.connected);
      this.#opened?.fulfil();
    } catch (error) {
      // Who was dropped begins again when there is a connection.
      if (!(error instanceof Dropped)) throw error;
    }
  }

  /** Read the next page of what was missed. */
  async #page(): Promise<void> {
    const place = this.#epoch === null ? {} : { since: this.#rev, epoch: this.#epoch };
    try {
      await this.#link.ask("changes", { ...place, limit: PAGE }, (answer) => {
        for (const report of answer.data as Known[]) this.#put(report);
        this.#rev = answer["rev"] as number;
        this.#epoch = answer["epoch"] as string;
        this.#complete = !answer["more"];
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.problem.status === 410) this.#forget();
      else await pause((error.retryAfter ?? 1) * 1000);
    }
  }

  #put(report: Known): void {
    const known = this.#known.get(report.week);
    if (known && known.rev >= report.rev) return;
    this.#known.set(report.week, report);
    this.reports.touch();
  }

  /** Begin anew: the log is another one. */
  #forget(): void {
    this.#known.clear();
    this.#rev = 0;
    this.#epoch = null;
    this.reports.touch();
  }

  #snapshot(): ReadonlyMap<number, Report> {
    const shown = [...this.#known.values()].filter(({ deleted }) => !deleted);
    return new Map(shown.sort((a, b) => a.week - b.week).map((report) => [report.week, report]));
  }
}

function deferred(): { promise: Promise<void>; fulfil: () => void } {
  let fulfil = () => {};
  const promise = new Promise<void>((resolve) => (fulfil = resolve));
  return { promise, fulfil };
}
