import { api } from "./api";

interface Profile {
  name: string;
  author: string | null;
}

const STORAGE_KEY = "me-api:author";
/** Milliseconds that the first render waits for the name. */
const TIMEOUT = 1000;

/** Return the owner's name, or null if there is no owner or no response in time. */
export async function loadAuthor(): Promise<string | null> {
  const stored = localStorage.getItem(STORAGE_KEY);
  const fetched = fetchAuthor().catch(() => stored);
  if (stored !== null) return stored;
  return Promise.race([fetched, new Promise<null>((resolve) => setTimeout(resolve, TIMEOUT, null))]);
}

async function fetchAuthor(): Promise<string | null> {
  const { author } = await api<Profile>("/");
  if (author === null) localStorage.removeItem(STORAGE_KEY);
  else localStorage.setItem(STORAGE_KEY, author);
  return author;
}
