import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { connect } from "../lib/index.js";
import type { Client, Problem, User } from "../lib/index.js";
import { TOKEN_CODES } from "../lib/connection.js";
import { Writable } from "../lib/store.js";
import { isObject } from "../lib/objects.js";
import { json } from "../lib/safe-storage.js";
import { api } from "./api";
import { pageStorage, stored } from "./storage";

const STORAGE_KEY = "me-api:who";

/** The identity that the user has chosen: a guest with a nick, a user with a token, or anonymous. */
export interface Account {
  nick: string | null;
  token: string | null;
  user: User | null;
}
export interface LoginResponse {
  user: User;
  token: string;
}

const ANONYMOUS: Account = { nick: null, token: null, user: null };
const NICK_CODES = ["nick_taken", "nick_reserved", "invalid"];

/** The page's connection and its account, which survives a reload. */
export class Session {
  readonly account = new Writable<Account>(storedAccount());
  /** Why the server refused the last account. */
  readonly identityError = new Writable<Problem | null>(null);
  /** How often rooms or bans have been changed here: lists of them are read again. */
  readonly changes = new Writable(0);
  readonly client: Client;
  /** The account to return to if the server refuses a new nick. */
  #previous: Account = ANONYMOUS;
  #ending = false;

  constructor() {
    const { nick, token } = this.account.value;
    this.client = connect({ nick, token, storage: pageStorage });
    this.client.problem.subscribe((problem) => (problem ? this.#onProblem(problem) : this.#onNoProblem()));
    this.client.me.subscribe(({ user }) => user && this.#refresh(user));
  }

  chooseNick(nick: string): void {
    const { token, nick: before } = this.account.value;
    this.#previous = token || nick === before ? ANONYMOUS : this.account.value;
    this.#become({ ...ANONYMOUS, nick });
  }

  async login(email: string, password: string): Promise<void> {
    const { user, token } = await api<LoginResponse>("/login", { method: "POST", body: { email, password } });
    this.#become({ nick: null, token, user });
  }

  async register(email: string, password: string, nick: string): Promise<void> {
    await api("/register", { method: "POST", body: { email, password, ...(nick && { nick }) } });
    await this.login(email, password);
  }

  /** Go on as a user who has been changed, with the token that says so. */
  update({ user, token }: LoginResponse): void {
    this.#become({ nick: null, token, user });
  }

  async forgotPassword(email: string): Promise<void> {
    await api("/password-reset", { body: { email } });
  }

  /** Send a request that may end the token of this account: that it does is no problem meanwhile. */
  async ending<R>(request: () => Promise<R>): Promise<R> {
    this.#ending = true;
    try {
      return await request();
    } finally {
      this.#ending = false;
    }
  }

  logout(): void {
    this.#become(ANONYMOUS);
  }

  /** Show no longer why the last nick was refused: the user goes on with another, or elsewhere. */
  forgetRefusedNick(): void {
    if (NICK_CODES.includes(this.identityError.value?.code ?? "")) this.identityError.set(null);
  }

  noteChange(): void {
    this.changes.set(this.changes.value + 1);
  }

  /** Store what has changed of the user since the login, such as the role or the email. */
  #refresh(user: User): void {
    const { user: known } = this.account.value;
    const changed = known && (known.email !== user.email || known.role !== user.role || known.nick !== user.nick);
    if (changed) this.#store({ ...this.account.value, user });
  }

  #become(account: Account): void {
    this.identityError.set(null);
    this.#store(account);
    this.client.identify({ nick: account.nick, token: account.token });
  }

  #store(account: Account): void {
    this.account.set(account);
    stored.write(STORAGE_KEY, JSON.stringify(account));
  }

  /** Drop a refused token, or return to the account before a refused nick, and show the problem. */
  #onProblem(problem: Problem): void {
    const { nick, token } = this.account.value;
    if (TOKEN_CODES.includes(problem.code)) {
      if (this.#ending) return;
      const other = storedAccount();
      // Another tab has a new one, after it has changed the password.
      if (other.token && other.token !== token) return this.#become(other);
      this.#become({ ...ANONYMOUS, nick });
    }
    if (NICK_CODES.includes(problem.code)) this.#become(this.#previous);
    this.#previous = ANONYMOUS;
    this.identityError.set(problem);
  }

  /** Show no longer that the user is banned; what was refused for another reason stays shown. */
  #onNoProblem(): void {
    if (this.identityError.value?.code === "banned") this.identityError.set(null);
  }
}

function storedAccount(): Account {
  return stored.read(STORAGE_KEY, json(isAccount)) ?? ANONYMOUS;
}

function isAccount(value: unknown): value is Account {
  if (!isObject(value)) return false;
  const { nick, token, user } = value;
  const texts = [nick, token].every((field) => field === null || typeof field === "string");
  return texts && (token === null ? user === null : isUser(user));
}

function isUser(value: unknown): value is User {
  return isObject(value) && [value["email"], value["nick"], value["role"]].every((field) => typeof field === "string");
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("outside of a session");
  return session;
}
