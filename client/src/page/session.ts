import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { connect } from "../lib/index.js";
import type { Client, Problem, User } from "../lib/index.js";
import { Writable } from "../lib/store.js";
import { api } from "./api";

const KEPT = "me-api:who";

/** Who one wants to be: a guest with a nick, a user with a token, or a reader. */
export interface Who {
  nick: string | null;
  token: string | null;
  user: User | null;
}
interface Login {
  user: User;
  token: string;
}

const NOBODY: Who = { nick: null, token: null, user: null };
const TOKEN_CODES = ["bad_token", "expired_token"];
const NICK_CODES = ["nick_taken", "nick_reserved", "invalid"];

/** The one connection of the page, and who is behind it; survives a reload. */
export class Session {
  readonly who = new Writable<Who>(kept());
  /** Why the last wish to be somebody was refused. */
  readonly trouble = new Writable<Problem | null>(null);
  readonly client: Client;
  /** Who one was before, to go back to where a new nick is refused. */
  #before: Who = NOBODY;

  constructor() {
    const { nick, token } = this.who.value;
    this.client = connect({ nick, token, storage: localStorage });
    this.client.problem.subscribe((problem) => problem && this.#refused(problem));
  }

  useNick(nick: string): void {
    const { token, nick: before } = this.who.value;
    this.#before = token || nick === before ? NOBODY : this.who.value;
    this.#be({ ...NOBODY, nick });
  }

  async login(email: string, password: string): Promise<void> {
    const { user, token } = await api<Login>("/login", { method: "POST", body: { email, password } });
    this.#be({ nick: null, token, user });
  }

  async register(email: string, password: string, nick: string): Promise<void> {
    await api("/register", { method: "POST", body: { email, password, ...(nick && { nick }) } });
    await this.login(email, password);
  }

  leave(): void {
    this.#be(NOBODY);
  }

  #be(who: Who): void {
    this.trouble.set(null);
    this.#keep(who);
    this.client.identify({ nick: who.nick, token: who.token });
  }

  #keep(who: Who): void {
    this.who.set(who);
    localStorage.setItem(KEPT, JSON.stringify(who));
  }

  /** Go on as one was, or reading as nobody, and tell why. */
  #refused(problem: Problem): void {
    const { nick } = this.who.value;
    if (TOKEN_CODES.includes(problem.code)) this.#be({ ...NOBODY, nick });
    else if (NICK_CODES.includes(problem.code)) this.#be(this.#before);
    this.#before = NOBODY;
    this.trouble.set(problem);
  }
}

function kept(): Who {
  try {
    return { ...NOBODY, ...(JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Partial<Who>) };
  } catch {
    return NOBODY;
  }
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("outside of a session");
  return session;
}
