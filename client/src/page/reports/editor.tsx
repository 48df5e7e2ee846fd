import { useRef, useState } from "preact/hooks";
import type { Report } from "../../lib/index.js";
import { api } from "../api";
import { messageOf } from "../errors";
import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { MarkdownField, Preview } from "../markdown";
import { navigate, paths } from "../route";
import { useSession } from "../session";

/** The editor of a report, with a preview rendered by the server; null for a new report. */
export function ReportEditor({ week }: { week: number | null }) {
  const session = useSession();
  const { token, user } = useReadable(session.account);
  const reports = useReadable(session.client.reports.reports);
  const report = week === null ? undefined : reports.get(week);
  const title = week === null ? texts.editor.new : texts.editor.edit(week);
  let refusal = "";
  if (!token || !user) refusal = texts.editor.login;
  else if (week !== null && !report) refusal = texts.reports.missing(week);
  else if (report && user.role !== "owner" && report.author !== user.nick) refusal = texts.editor.notYours;
  // Once it is there, the form stays: a login that ends must not take away what was written.
  const opened = useRef(false);
  opened.current ||= !refusal;
  return (
    <div class="editor">
      <h1 tabIndex={-1}>{title}</h1>
      {refusal && (opened.current ? <p class="warning" role="status">{refusal}</p> : <p class="none">{refusal}</p>)}
      {opened.current && <EditorForm report={report} token={token} />}
    </div>
  );
}

function EditorForm({ report, token }: { report: Report | undefined; token: string | null }) {
  const { client } = useSession();
  const reports = useReadable(client.reports.reports);
  const initialRev = useRef(report?.rev);
  const [week, setWeek] = useState(String(report?.week ?? nextWeek([...reports.keys()])));
  const [title, setTitle] = useState(report?.title ?? "");
  const [text, setText] = useState(report?.text ?? "");
  const [error, setError] = useState("");
  const taken = !report && reports.has(Number(week));

  const save = async (event: Event) => {
    event.preventDefault();
    if (taken) return;
    try {
      await api("/reports", { method: "POST", body: { week: Number(week), title: title.trim() || null, text }, token });
      navigate(paths.report(Number(week)));
    } catch (reason) {
      setError(messageOf(reason));
    }
  };
  const problem = taken ? texts.editor.taken(Number(week)) : error;
  return (
    <form class="sheet" onSubmit={save}>
      {report && report.rev !== initialRev.current && <p class="warning" role="status">{texts.editor.meanwhile}</p>}
      <div class="field-row">
        <div class="field narrow">
          <label for="report-week">{texts.editor.week}</label>
          <input
            id="report-week"
            type="number"
            min="1"
            max="999999"
            required
            value={week}
            readOnly={report !== undefined}
            onInput={(event) => setWeek(event.currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for="report-title">{texts.editor.heading}</label>
          <input
            id="report-title"
            // Without a title, the server gives a new report this one; another keeps its own.
            required={report !== undefined}
            placeholder={`Vecka ${week}`}
            maxLength={200}
            value={title}
            onInput={(event) => setTitle(event.currentTarget.value)}
          />
        </div>
      </div>
      <MarkdownField id="report-text" value={text} onInput={setText} />
      {problem && <p class="fault" role="alert">{problem}</p>}
      <div class="buttons">
        <button type="submit" class="primary" disabled={taken}>
          {texts.editor.save}
        </button>
        <a class="button" href={report ? paths.report(report.week) : paths.reports}>
          {texts.editor.cancel}
        </a>
      </div>
      <Preview text={text} token={token} />
    </form>
  );
}

function nextWeek(weeks: readonly number[]): number {
  return Math.max(0, ...weeks) + 1;
}
