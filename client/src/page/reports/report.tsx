import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Report } from "../../lib/index.js";
import { api } from "../api";
import { dateOf, momentOf } from "../format";
import { contentOf } from "../html";
import { go, to } from "../route";
import { useSession } from "../session";
import { texts } from "../i18n";
import { useReadable } from "../hooks";

/** Milliseconds for which a change that came in is pointed out. */
const POINTED_OUT = 6000;

/** One heading for as long as one is here: a report may come after the page of it. */
export function ReportPage({ week }: { week: number }) {
  const { client } = useSession();
  const reports = useReadable(client.reports.reports);
  const live = useReadable(client.reports.live);
  const report = reports.get(week);
  return (
    <article class="report">
      <a class="back" href={to.reports}>
        ← {texts.reports.back}
      </a>
      <p class="week">{texts.reports.week(week)}</p>
      <h1 tabIndex={-1} dir="auto">
        {report?.title ?? texts.reports.week(week)}
      </h1>
      {report && <Byline report={report} />}
      {report && <Prose html={report.html} />}
      {report && <Tools report={report} />}
      {!report && <p class="none">{live ? texts.reports.missing(week) : texts.reports.loading}</p>}
    </article>
  );
}

function Byline({ report }: { report: Report }) {
  const changed = useChanged(report.rev);
  return (
    <p class="byline">
      {texts.reports.by} {report.author}, {texts.reports.updated}{" "}
      <time dateTime={report.updated} title={momentOf(report.updated)}>
        {dateOf(report.updated)}
      </time>
      <span class={changed ? "changed shown" : "changed"} role="status">
        {changed && texts.reports.changed}
      </span>
    </p>
  );
}

/** HTML that the server has sanitised. */
export function Prose({ html }: { html: string }) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => place.current?.replaceChildren(contentOf(html)), [html]);
  return <div class="prose" ref={place} dir="auto" />;
}

function useChanged(rev: number): boolean {
  const first = useRef(rev);
  const [changed, setChanged] = useState(false);
  useEffect(() => {
    if (rev === first.current) return;
    first.current = rev;
    setChanged(true);
    const timer = setTimeout(() => setChanged(false), POINTED_OUT);
    return () => clearTimeout(timer);
  }, [rev]);
  return changed;
}

/** For who may: write on, or take away. */
function Tools({ report }: { report: Report }) {
  const session = useSession();
  const { user, token } = useReadable(session.who);
  const [asking, ask] = useState(false);
  const [fault, setFault] = useState("");
  if (!user || (user.role !== "owner" && user.nick !== report.author)) return null;
  const remove = () =>
    api(`/reports/week/${report.week}`, { method: "DELETE", token }).then(
      () => go(to.reports),
      (error: Error) => setFault(error.message),
    );
  return (
    <div class="buttons tools">
      <a class="button" href={to.edit(report.week)}>
        {texts.reports.edit}
      </a>
      <button type="button" class={asking ? "danger" : ""} onClick={() => (asking ? void remove() : ask(true))}>
        {asking ? texts.reports.removeSure : texts.reports.remove}
      </button>
      {asking && (
        <button type="button" onClick={() => ask(false)}>
          {texts.editor.cancel}
        </button>
      )}
      {fault && <p class="fault" role="alert">{fault}</p>}
    </div>
  );
}
