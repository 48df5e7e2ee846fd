import { ReportCards } from "./reports/list";
import { to } from "./route";
import { useSession } from "./session";
import { texts } from "./i18n";
import { useReadable } from "./hooks";

/** Who I am, what I wrote last, and how a program gets the same; that waits for what stands above it. */
export function Me({ author }: { author: string | null }) {
  const { reports } = useSession().client;
  const known = useReadable(reports.live) || reports.reports.value.size > 0;
  const address = location.origin;
  return (
    <>
      <section class="hero">
        <h1 tabIndex={-1}>{author ? texts.hello(author) : texts.welcome}</h1>
        <p class="lead">{texts.lead}</p>
      </section>
      <section aria-labelledby="latest">
        <div class="heading">
          <h2 id="latest">{texts.latest}</h2>
          <a href={to.reports}>{texts.allReports}</a>
        </div>
        <ReportCards limit={3} />
      </section>
      <section aria-labelledby="programs" class="programs" hidden={!known}>
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
      </section>
    </>
  );
}
