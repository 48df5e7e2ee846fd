import { useRef, useState } from "preact/hooks";
import { api } from "../api";
import { messageOf } from "../errors";
import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { MarkdownField, Preview } from "../markdown";
import { navigate, paths } from "../route";
import { useSession } from "../session";
import { useIsOwner } from "./presentation";
import type { Profile } from "./profile";

/** The editor of the presentation, for the owner. */
export function MeEditor({ profile }: { profile: Profile }) {
  const { client, account } = useSession();
  const { token } = useReadable(account);
  const live = useReadable(client.presentation.live);
  const isOwner = useIsOwner();
  // Once it is there, the form stays: neither a lost connection nor a login that ends must take away
  // what was written.
  const opened = useRef(false);
  opened.current ||= live && isOwner;
  return (
    <div class="editor">
      <h1 tabIndex={-1}>{texts.me.title}</h1>
      {!isOwner && (opened.current ? <p class="warning" role="status">{texts.me.login}</p> : <p class="none">{texts.me.login}</p>)}
      {isOwner && !opened.current && <p class="none">{texts.reports.loading}</p>}
      {opened.current && <EditorForm profile={profile} token={token} />}
    </div>
  );
}

function EditorForm({ profile, token }: { profile: Profile; token: string | null }) {
  const { me, author } = profile;
  const initialRev = useRef(me?.rev);
  const [name, setName] = useState(me?.name ?? author ?? "");
  const [headline, setHeadline] = useState(me?.headline ?? "");
  const [picture, setPicture] = useState(me?.picture ?? "");
  const [links, setLinks] = useState((me?.links ?? []).map(({ title, url }) => `${title} ${url}`).join("\n"));
  const [text, setText] = useState(me?.text ?? "");
  const [error, setError] = useState("");

  const save = async (event: Event) => {
    event.preventDefault();
    try {
      await api("/", { method: "PUT", body: { name, headline, picture: picture.trim(), links, text }, token });
      navigate(paths.me);
    } catch (reason) {
      setError(messageOf(reason));
    }
  };
  return (
    <form class="sheet" onSubmit={save}>
      {me?.rev !== initialRev.current && <p class="warning" role="status">{texts.me.meanwhile}</p>}
      <div class="field">
        <label for="me-name">{texts.me.name}</label>
        <input id="me-name" required maxLength={200} autocomplete="name" value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </div>
      <div class="field">
        <label for="me-headline">{texts.me.headline}</label>
        <input id="me-headline" maxLength={200} value={headline} onInput={(event) => setHeadline(event.currentTarget.value)} />
      </div>
      <MarkdownField id="me-text" value={text} onInput={setText} />
      <div class="field">
        <label for="me-links">{texts.me.links}</label>
        <textarea
          id="me-links"
          class="short"
          rows={4}
          placeholder="GitHub https://github.com/…"
          aria-describedby="me-links-hint"
          value={links}
          onInput={(event) => setLinks(event.currentTarget.value)}
        />
        <small id="me-links-hint">{texts.me.linksHint}</small>
      </div>
      <div class="field">
        <label for="me-picture">{texts.me.picture}</label>
        <input
          id="me-picture"
          type="url"
          maxLength={2000}
          pattern="https://.+"
          title={texts.me.pictureHint}
          placeholder="https://…"
          aria-describedby="me-picture-hint"
          value={picture}
          onInput={(event) => setPicture(event.currentTarget.value)}
        />
        <small id="me-picture-hint">{texts.me.pictureHint}</small>
      </div>
      {error && <p class="fault" role="alert">{error}</p>}
      <div class="buttons">
        <button type="submit" class="primary">
          {texts.editor.save}
        </button>
        <a class="button" href={paths.me}>
          {texts.editor.cancel}
        </a>
      </div>
      <Preview text={text} token={token} />
    </form>
  );
}
