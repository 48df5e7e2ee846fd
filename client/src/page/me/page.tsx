import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { ReportCards } from "../reports/list";
import { paths } from "../route";
import { useSession } from "../session";
import { Presented, Unwritten } from "./presentation";
import type { Profile } from "./profile";

/** The start page: who the site is about, the latest reports, and how programs use the API. */
export function MePage({ profile }: { profile: Profile }) {
  const { reports } = useSession().client;
  // The section for programs is hidden until the reports above it are loaded: it would be moved down.
  const loaded = useReadable(reports.live) || reports.reports.value.size > 0;
  const address = location.origin;
  return (
    <>
      <section class="hero">
        {profile.me ? <Presented me={profile.me} /> : <Unwritten author={profile.author} />}
      </section>
      <section aria-labelledby="latest">
        <div class="heading">
          <h2 id="latest">{texts.latest}</h2>
          <a href={paths.reports}>{texts.allReports}</a>
        </div>
        <ReportCards limit={3} />
      </section>
      <section aria-labelledby="programs" class="programs" hidden={!loaded}>
        <h2 id="programs">{texts.forPrograms}</h2>
        <p>{texts.forProgramsText}</p>
        <pre tabIndex={0}>
          <code>
            {`curl ${address}/\n`}
            {`curl ${address}/reports\n`}
            {`curl ${address}/chat/rooms/lobby/messages -d nick=kim -d text=hej`}
          </code>
        </pre>
        <p>
          <a href="/docs">{texts.apiDocs}</a>
        </p>
        <p>
          <a href="/kurs/">{texts.course}</a>
        </p>
      </section>
    </>
  );
}
