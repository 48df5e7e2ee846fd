import { call } from "../../../src/lib/index.js";

/** Register a user, log in, and return the token. */
export async function createAccount(url: string, nick: string): Promise<string> {
  const credentials = { email: `${nick}@example.com`, password: "long enough" };
  await call(url, "/register", { body: { ...credentials, nick } });
  const { token } = await call<{ token: string }>(url, "/login", { body: credentials });
  return token;
}
