import { useEffect, useState } from "preact/hooks";
import type { Status } from "../lib/index.js";
import { api } from "./api";

interface Answer {
  name: string;
  author: string | null;
}

const KEPT = "me-api:author";

/** Whose page it is, if there is an owner yet; kept, so that a reload shows the name at once. */
export function useAuthor(status: Status): string | null {
  const [author, setAuthor] = useState(() => localStorage.getItem(KEPT));
  const live = status === "live";
  useEffect(() => {
    if (!live) return;
    const show = (answer: Answer) => {
      setAuthor(answer.author);
      if (answer.author) localStorage.setItem(KEPT, answer.author);
      else localStorage.removeItem(KEPT);
    };
    // Without a connection the kept name stands; it is asked for again with the next one.
    void api<Answer>("/").then(show, () => undefined);
  }, [live]);
  return author;
}
