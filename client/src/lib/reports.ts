/** The reports by week, kept in sync with REST. */

import type { Manager } from "socket.io-client";
import { NamespaceConnection } from "./connection.js";
import { Deferred } from "./deferred.js";
import { delay } from "./delay.js";
import { ApiError, ConnectionLost } from "./errors.js";
import { Derived, Writable } from "./store.js";
import type { Report, ReportsFeed } from "./types.js";

/** Reports per page of changes; small, as a report may have 50,000 characters. */
const PAGE_SIZE = 20;

type ReportChange = Report & { deleted: boolean };

export class Reports implements ReportsFeed {
  readonly #latest = new Map<number, ReportChange>();
  readonly #connection: NamespaceConnection;
  #rev = 0;
  #epoch: string | null = null;
  #caughtUp = false;
  #opened: Deferred | null = null;

  readonly reports = new Derived(() => this.#snapshot());
  readonly live = new Writable(false);

  constructor(manager: Manager) {
    this.#connection = new NamespaceConnection(manager, "/reports", {
      // The reports are public, so that there is nothing to authenticate.
      auth: () => ({}),
      connected: (recovered) => (this.#caughtUp &&= recovered),
      disconnected: () => this.live.set(false),
      refused: () => this.live.set(false),
    });
    this.#connection.on("ready", () => void this.#catchUp());
    this.#connection.on("report", (report: ReportChange) => this.#onReport(report));
  }

  open(): Promise<void> {
    this.#opened ??= new Deferred();
    this.#connection.open();
    return this.#opened.promise;
  }

  close(): void {
    this.#connection.close();
    this.live.set(false);
  }

  #onReport(report: ReportChange): void {
    if (this.#caughtUp) this.#rev = Math.max(this.#rev, report.rev);
    this.#put(report);
  }

  async #catchUp(): Promise<void> {
    try {
      while (!this.#caughtUp) await this.#fetchPage();
      this.live.set(this.#connection.connected);
      this.#opened?.resolve();
    } catch (error) {
      // The next connection starts this again.
      if (!(error instanceof ConnectionLost)) throw error;
    }
  }

  /** Read the next page of missed changes. */
  async #fetchPage(): Promise<void> {
    const place = this.#epoch === null ? {} : { since: this.#rev, epoch: this.#epoch };
    try {
      await this.#connection.request("changes", { ...place, limit: PAGE_SIZE }, (response) => {
        for (const report of response.data as ReportChange[]) this.#put(report);
        this.#rev = response["rev"] as number;
        this.#epoch = response["epoch"] as string;
        this.#caughtUp = !response["more"];
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.problem.status === 410) this.#reset();
      else await delay((error.retryAfter ?? 1) * 1000);
    }
  }

  #put(report: ReportChange): void {
    const known = this.#latest.get(report.week);
    if (known && known.rev >= report.rev) return;
    this.#latest.set(report.week, report);
    this.reports.invalidate();
  }

  /** Start over, as the server has another log (`epoch`). */
  #reset(): void {
    this.#latest.clear();
    this.#rev = 0;
    this.#epoch = null;
    this.reports.invalidate();
  }

  #snapshot(): ReadonlyMap<number, Report> {
    const shown = [...this.#latest.values()].filter(({ deleted }) => !deleted);
    return new Map(shown.sort((a, b) => a.week - b.week).map((report) => [report.week, report]));
  }
}
