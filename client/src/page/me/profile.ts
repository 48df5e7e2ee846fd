import { useEffect } from "preact/hooks";
import type { Presentation, Readable } from "../../lib/index.js";
import { isObject } from "../../lib/objects.js";
import { json } from "../../lib/safe-storage.js";
import { Writable } from "../../lib/store.js";
import { api } from "../api";
import { useReadable } from "../hooks";
import { useSession } from "../session";
import { stored } from "../storage";

/** Whose page it is: the owner's nick, and what the owner has written. */
export interface Profile {
  author: string | null;
  me: Presentation | null;
}

const STORAGE_KEY = "me-api:profile";
/** Milliseconds that the first render waits for the profile. */
const TIMEOUT = 1000;
/** A longer one is not stored, and takes no room from messages that wait to be sent. */
const MAX_STORED = 100_000;
const UNKNOWN: Profile = { author: null, me: null };

/** Return the profile of the last visit, or of the server; an empty one if there is no response in time. */
export async function loadProfile(): Promise<Readable<Profile>> {
  const known = stored.read(STORAGE_KEY, json(isProfile));
  const profile = new Writable(known ?? UNKNOWN);
  const fetched = api<Profile>("/").then(({ author, me }) => profile.set({ author, me }));
  if (known === null) await Promise.race([fetched, new Promise((resolve) => setTimeout(resolve, TIMEOUT))]).catch(() => undefined);
  else fetched.catch(() => undefined);
  return profile;
}

/** Return the profile with the presentation as it is now, once that is known. */
export function useProfile(source: Readable<Profile>): Profile {
  const loaded = useReadable(source);
  const feed = useSession().client.presentation;
  useEffect(() => void feed.open().catch(() => undefined), [feed]);
  const live = useReadable(feed.live);
  const me = useReadable(feed.presentation);
  const author = useReadable(feed.author);
  // While the connection is lost, what was received last is shown.
  const profile = live || me ? { author: author === undefined ? loaded.author : author, me } : loaded;
  useEffect(() => {
    if (live) storeProfile(profile);
  }, [live, me, author, loaded]);
  return profile;
}

function storeProfile(profile: Profile): void {
  const text = JSON.stringify(profile);
  if (text.length > MAX_STORED) stored.remove(STORAGE_KEY);
  else stored.write(STORAGE_KEY, text);
}

function isProfile(value: unknown): value is Profile {
  if (!isObject(value)) return false;
  const { author, me } = value;
  return (author === null || typeof author === "string") && (me === null || isPresentation(me));
}

function isPresentation(value: unknown): value is Presentation {
  if (!isObject(value) || !Array.isArray(value["links"])) return false;
  return [value["name"], value["text"], value["html"]].every((field) => typeof field === "string");
}
