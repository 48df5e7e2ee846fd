import { useEffect, useRef, useState } from "preact/hooks";
import { callPage } from "../../lib/index.js";
import type { SearchHit } from "../../lib/index.js";
import { messageOf } from "../errors";

interface Results {
  /** Null before the first page is loaded. */
  hits: readonly SearchHit[] | null;
  loading: boolean;
  error: string;
  /** Load the next page; null if there is none. */
  more: (() => void) | null;
}
interface State {
  hits: readonly SearchHit[] | null;
  loading: boolean;
  error: string;
  older: string | null;
}

const NONE: State = { hits: null, loading: false, error: "", older: null };
const PAGE_SIZE = 30;

/** Search all rooms that the user may read. */
export function useSearch(words: string, token: string | null): Results {
  const [state, setState] = useState<State>(NONE);
  /** Identifies the search whose responses may still be shown. */
  const search = useRef(0);
  const load = async (path: string, before: readonly SearchHit[] | null) => {
    const own = search.current;
    setState((now) => ({ ...now, loading: true, error: "" }));
    try {
      const { data, page } = await callPage<SearchHit>(location.origin, path, { token });
      if (own === search.current) setState({ ...NONE, hits: [...(before ?? []), ...data], older: page.older });
    } catch (reason) {
      if (own === search.current) setState((now) => ({ ...now, loading: false, error: messageOf(reason) }));
    }
  };
  useEffect(() => {
    search.current++;
    setState(NONE);
    if (words) void load(`/chat/search?${new URLSearchParams({ q: words, limit: String(PAGE_SIZE) })}`, null);
  }, [words, token]);

  const { older, ...shown } = state;
  return { ...shown, more: older === null ? null : () => void load(older, state.hits) };
}
