/** The reports by week, kept in sync with REST. */

import type { Manager } from "socket.io-client";
import type { Acknowledgement } from "./connection.js";
import type { ApiError } from "./errors.js";
import { PublicFeed } from "./public-feed.js";
import { Derived } from "./store.js";
import type { Report, ReportsFeed } from "./types.js";

/** Reports per page of changes; small, as a report may have 50,000 characters. */
const PAGE_SIZE = 20;

type ReportChange = Report & { deleted: boolean };

export class Reports extends PublicFeed<ReportChange> implements ReportsFeed {
  readonly #latest = new Map<number, ReportChange>();
  #rev = 0;
  #epoch: string | null = null;
  #caughtUp = false;

  readonly reports = new Derived(() => this.#snapshot());

  constructor(manager: Manager) {
    super(manager, "/reports", "report");
  }

  protected override connected(recovered: boolean): void {
    this.#caughtUp &&= recovered;
  }

  protected isComplete(): boolean {
    return this.#caughtUp;
  }

  protected place(): object {
    const since = this.#epoch === null ? {} : { since: this.#rev, epoch: this.#epoch };
    return { ...since, limit: PAGE_SIZE };
  }

  protected add(page: Acknowledgement): void {
    for (const report of page.data as ReportChange[]) this.#put(report);
    this.#rev = page["rev"] as number;
    this.#epoch = page["epoch"] as string;
    this.#caughtUp = !page["more"];
  }

  protected receive(report: ReportChange): void {
    if (this.#caughtUp) this.#rev = Math.max(this.#rev, report.rev);
    this.#put(report);
  }

  protected override refused(error: ApiError): number {
    if (error.problem.status !== 410) return super.refused(error);
    this.#reset();
    return 0;
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
