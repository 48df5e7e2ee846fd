import { anyText } from "../lib/safe-storage.js";
import { api } from "./api";
import { stored } from "./storage";

interface Profile {
  name: string;
  author: string | null;
}

const STORAGE_KEY = "me-api:author";
/** Milliseconds that the first render waits for the name. */
const TIMEOUT = 1000;

/** Return the owner's name, or null if there is no owner or no response in time. */
export async function loadAuthor(): Promise<string | null> {
  const known = stored.read(STORAGE_KEY, anyText);
  const fetched = fetchAuthor().catch(() => known);
  if (known !== null) return known;
  return Promise.race([fetched, new Promise<null>((resolve) => setTimeout(resolve, TIMEOUT, null))]);
}

async function fetchAuthor(): Promise<string | null> {
  const { author } = await api<Profile>("/");
  if (author === null) stored.remove(STORAGE_KEY);
  else stored.write(STORAGE_KEY, author);
  return author;
}
