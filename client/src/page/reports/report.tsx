import { useEffect, useRef, useState } from "preact/hooks";
import type { Report } from "../../lib/index.js";
import { api } from "../api";
import { ConfirmButton } from "../confirm";
import { CopyAddress } from "../copy-address";
import { messageOf } from "../errors";
import { formatDate, formatDateTime } from "../format";
import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { Prose } from "../prose";
import { navigate, paths } from "../route";
import { useSession } from "../session";

/** Milliseconds for which a received change is highlighted. */
const HIGHLIGHT = 6000;

export function ReportPage({ week, place }: { week: number; place: string | null }) {
  const { client } = useSession();
  const reports = useReadable(client.reports.reports);
  const live = useReadable(client.reports.live);
  const report = reports.get(week);
  return (
    <article class="report">
      <a class="back" href={paths.reports}>
        ← {texts.reports.back}
      </a>
      <p class="week">{texts.reports.week(week)}</p>
      {/* One heading, whether the report is loaded or not, so that it keeps the focus. */}
      <h1 tabIndex={-1} dir="auto">
        {report?.title ?? texts.reports.week(week)}
      </h1>
      {report && <Byline report={report} />}
      {report && <Prose html={report.html} place={place} linkTo={(id) => paths.report(week, id)} />}
      {report && <CopyAddress path={paths.report(week)} />}
      {report && <ReportActions report={report} />}
      {!report && <p class="none">{live ? texts.reports.missing(week) : texts.reports.loading}</p>}
    </article>
  );
}

function Byline({ report }: { report: Report }) {
  const changed = useChanged(report.rev);
  return (
    <p class="byline">
      {texts.reports.by} {report.author}, {texts.reports.updated}{" "}
      <time dateTime={report.updated} title={formatDateTime(report.updated)}>
        {formatDate(report.updated)}
      </time>
      <span class={changed ? "changed shown" : "changed"} role="status">
        {changed && texts.reports.changed}
      </span>
    </p>
  );
}

/** Return true for some seconds after `rev` has changed. */
function useChanged(rev: number): boolean {
  const last = useRef(rev);
  const [changed, setChanged] = useState(false);
  useEffect(() => {
    if (rev === last.current) return;
    last.current = rev;
    setChanged(true);
    const timer = setTimeout(() => setChanged(false), HIGHLIGHT);
    return () => clearTimeout(timer);
  }, [rev]);
  return changed;
}

/** Edit and delete, for the author and the owner. */
function ReportActions({ report }: { report: Report }) {
  const session = useSession();
  const { user, token } = useReadable(session.account);
  const [error, setError] = useState("");
  if (!user || (user.role !== "owner" && user.nick !== report.author)) return null;
  const remove = () => {
    setError("");
    return api(`/reports/week/${report.week}`, { method: "DELETE", token }).then(
      () => navigate(paths.reports),
      (reason: unknown) => setError(messageOf(reason)),
    );
  };
  return (
    <div class="buttons tools">
      <a class="button" href={paths.edit(report.week)}>
        {texts.reports.edit}
      </a>
      <ConfirmButton label={texts.reports.remove} sure={texts.reports.removeSure} onConfirm={() => void remove()} />
      {error && <p class="fault" role="alert">{error}</p>}
    </div>
  );
}
