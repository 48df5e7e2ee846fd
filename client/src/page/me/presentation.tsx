import { useEffect, useState } from "preact/hooks";
import type { Presentation } from "../../lib/index.js";
import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { Prose } from "../prose";
import { paths } from "../route";
import { useSession } from "../session";

/** Whether the user is the owner, who may write the presentation. */
export function useIsOwner(): boolean {
  const { user } = useReadable(useSession().account);
  return user?.role === "owner";
}

/** The presentation as the owner has written it. */
export function Presented({ me }: { me: Presentation }) {
  return (
    <>
      <div class="presented">
        <Picture me={me} />
        <div>
          <h1 tabIndex={-1} dir="auto">
            {texts.hello(me.name)}
          </h1>
          {me.headline && (
            <p class="lead" dir="auto">
              {me.headline}
            </p>
          )}
        </div>
      </div>
      {me.html && <Prose html={me.html} />}
      {me.links.length > 0 && (
        <ul class="links" aria-label={texts.me.links}>
          {me.links.map(({ title, url }) => (
            <li key={url + title}>
              <a href={url} target="_blank" rel="noopener noreferrer me" dir="auto">
                {title}
              </a>
            </li>
          ))}
        </ul>
      )}
      {useIsOwner() && (
        <a class="button" href={paths.editMe}>
          {texts.me.edit}
        </a>
      )}
    </>
  );
}

/** The picture, unless it cannot be loaded. */
function Picture({ me }: { me: Presentation }) {
  const [failed, setFailed] = useState(false);
  useEffect(() => setFailed(false), [me.picture]);
  if (!me.picture || failed) return null;
  return (
    <img
      class="portrait"
      src={me.picture}
      alt={me.name}
      width="112"
      height="112"
      // Its host learns who looks, but not where.
      referrerpolicy="no-referrer"
      onError={() => setFailed(true)}
    />
  );
}

/** The start of a site whose owner has not written anything yet. */
export function Unwritten({ author }: { author: string | null }) {
  const isOwner = useIsOwner();
  return (
    <>
      <h1 tabIndex={-1}>{author ? texts.hello(author) : texts.welcome}</h1>
      <p class="lead">{texts.lead}</p>
      {isOwner && (
        <div class="hint">
          <p>{texts.me.unwritten}</p>
          <a class="button primary" href={paths.editMe}>
            {texts.me.write}
          </a>
        </div>
      )}
      {!author && !isOwner && (
        <div class="hint">
          <p>{texts.me.isItYours}</p>
          <pre tabIndex={0}>
            <code>
              {".venv/bin/flask users create --owner\n"}
              {".venv/bin/flask me edit"}
            </code>
          </pre>
        </div>
      )}
    </>
  );
}
