import { useEffect, useState } from "preact/hooks";
import type { RoomInfo } from "../chat/rooms";
import { useReadable } from "../hooks";
import { texts } from "../i18n";
import { navigate, paths } from "../route";
import { useSession } from "../session";
import { Hit } from "./hit";
import { useSearch } from "./search";

interface Props {
  words: string;
  rooms: readonly RoomInfo[];
  /** Shows a message in the chat beside this view; null where there is none. */
  onOpen: ((room: string, message: number) => void) | null;
}

/** The search in all rooms. */
export function SearchPage({ words, rooms, onOpen }: Props) {
  const session = useSession();
  const { token } = useReadable(session.account);
  const [text, setText] = useState(words);
  const { hits, loading, error, more } = useSearch(words, token);
  useEffect(() => setText(words), [words]);

  const submit = (event: Event) => {
    event.preventDefault();
    if (text.trim()) navigate(paths.search(text.trim()));
  };
  return (
    <>
      <h1>{texts.search.title}</h1>
      <form class="search" role="search" onSubmit={submit}>
        <label for="search-words">{texts.search.words}</label>
        <div class="searched">
          <input
            id="search-words"
            type="search"
            required
            maxLength={200}
            autocomplete="off"
            aria-describedby="search-hint"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
          <button type="submit" class="primary">
            {texts.search.search}
          </button>
        </div>
        <small id="search-hint">{texts.search.hint}</small>
      </form>
      <p class="found" role="status">
        {loading ? texts.search.loading : hits && texts.search.found(hits.length, more !== null)}
      </p>
      {error && <p class="fault" role="alert">{error}</p>}
      {hits && hits.length > 0 && (
        <ol class="hits" aria-label={texts.search.hits}>
          {hits.map((hit) => (
            <li key={`${hit.room}/${hit.id}`}>
              <Hit hit={hit} rooms={rooms} onOpen={onOpen} />
            </li>
          ))}
        </ol>
      )}
      {more && (
        <button type="button" disabled={loading} onClick={more}>
          {texts.search.more}
        </button>
      )}
    </>
  );
}
