import { api } from "./api";

interface Answer {
  name: string;
  author: string | null;
}

const KEPT = "me-api:author";
/** Milliseconds for which the first picture waits for the name; without it the page is still the page. */
const PATIENCE = 1000;

/** Whose page it is, if there is an owner yet. Known before anything is shown, so that nothing moves. */
export async function findAuthor(): Promise<string | null> {
  const kept = localStorage.getItem(KEPT);
  const asked = ask().catch(() => kept);
  if (kept !== null) return kept;
  return Promise.race([asked, new Promise<null>((done) => setTimeout(done, PATIENCE, null))]);
}

async function ask(): Promise<string | null> {
  const { author } = await api<Answer>("/");
  if (author === null) localStorage.removeItem(KEPT);
  else localStorage.setItem(KEPT, author);
  return author;
}
