/** Accounts. */

import { call } from "../../../src/lib/index.js";

export async function account(url: string, nick: string): Promise<string> {
  const who = { email: `${nick}@example.com`, password: "long enough" };
  await call(url, "/register", { body: { ...who, nick } });
  const { token } = await call<{ token: string }>(url, "/login", { body: who });
  return token;
}
