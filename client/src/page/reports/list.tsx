import { formatDate } from "../format";
import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { paths } from "../route";
import { useSession } from "../session";

/** Links to the reports, the newest first. */
export function ReportCards({ limit = Infinity }: { limit?: number }) {
  const { client } = useSession();
  const reports = useReadable(client.reports.reports);
  const live = useReadable(client.reports.live);
  const shown = [...reports.values()].sort((a, b) => b.week - a.week).slice(0, limit);
  if (!shown.length) return <p class="none">{live ? texts.reports.none : texts.reports.loading}</p>;
  return (
    <ul class="cards">
      {shown.map((report) => (
        <li key={report.week}>
          <a href={paths.report(report.week)}>
            <span class="week">{texts.reports.week(report.week)}</span>
            <strong dir="auto">{report.title}</strong>
            <small>
              {texts.reports.by} {report.author} · {formatDate(report.updated)}
            </small>
          </a>
        </li>
      ))}
    </ul>
  );
}

export function ReportList() {
  const session = useSession();
  const { token } = useReadable(session.account);
  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>{texts.reports.title}</h1>
        {token && (
          <a class="button" href={paths.newReport}>
            {texts.reports.write}
          </a>
        )}
      </div>
      <ReportCards />
    </>
  );
}
