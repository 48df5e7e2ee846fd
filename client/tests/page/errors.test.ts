/** Errors in words: every code of the protocol, in both languages, with what the error carries. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Problem } from "../../src/lib/index.js";
import { en } from "../../src/page/i18n/en.js";
import { explainIn } from "../../src/page/i18n/explain.js";
import { sayBy } from "../../src/page/i18n/facts.js";
import { sv } from "../../src/page/i18n/sv.js";
import { ROOT } from "../lib/support/paths.js";

/** What only the web server, native WebSockets, other clients, other pages and operators are answered with. */
const NOT_IN_THE_PAGE = [
  ...["bad_framing", "bad_handshake", "expectation_failed", "http_version_not_supported", "upgrade_required", "uri_too_long"],
  ...["request_header_fields_too_large", "unsupported_media_type", "unknown_protocol", "unsupported_client", "foreign_origin"],
  // The client library handles these by itself.
  ...["beyond_head", "foreign_epoch", "protocol_violation", "unknown_session", "unknown_transport"],
  // `/nick` over REST, which the page does not use.
  "not_connected",
  // `/readyz`.
  ...["disk_full", "draining", "lease_lost", "locked", "outdated_schema", "read_only"],
];
/** Errors of the client library itself. */
const OF_THE_LIBRARY = ["closed", "sent_as_another", "unreachable"];

const source = (path: string) => readFileSync(join(ROOT, path), "utf8");
const at = (iso: string) => iso;
const problem = (code: string, detail = "", more: Partial<Problem> = {}): Problem => ({ status: 400, code, title: "", detail, ...more });

test("every code of the protocol that a page can be answered with has a text in both languages", () => {
  const [, table = ""] = /^\| code \| status \| when \|\n(.*?)\n\n/ms.exec(source("docs/protocol.md")) ?? [];
  const codes = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, code = ""]) => code);
  expect(codes).toContain("rate_limited");
  const expected = [...codes.filter((code) => !NOT_IN_THE_PAGE.includes(code)), ...OF_THE_LIBRARY].sort();
  expect(codes).toEqual(expect.arrayContaining(NOT_IN_THE_PAGE));
  for (const { errors } of [en, sv]) {
    expect(Object.keys(errors.codes).sort()).toEqual(expected);
    for (const code of expected) expect(explainIn(errors, problem(code, "Words."), at)).toMatch(/^\S.*[.a-zäöå]$/);
  }
});

test("an unknown code is said in the words of the server", () => {
  for (const { errors } of [en, sv]) expect(explainIn(errors, problem("brand_new", "Of tomorrow."), at)).toBe("Of tomorrow.");
});

test("what the error carries is in the text", () => {
  const said = (...of: Parameters<typeof problem>) => [en, sv].map(({ errors }) => explainIn(errors, problem(...of), at));
  for (const text of said("rate_limited", "Too many.", { retry_after: 7 })) expect(text).toContain(" 7 s.");
  for (const text of said("busy", "Too many.", { retry_after: 8 })) expect(text).toContain(" 8 s.");
  for (const text of said("rate_limited")) expect(text).not.toMatch(/\d/);
  for (const text of said("too_long", "At most 4000 characters are accepted.")) expect(text).toContain("4000");
  for (const text of said("too_many_rooms", "There may be 30 rooms here.")) expect(text).toContain("30 r");
  for (const text of said("nick_taken", "Somebody else is here as \"o'hara\".")) expect(text).toContain("o'hara");
  for (const text of said("room_exists", "There is one already: 'nya'.")) expect(text).toContain(" nya:");
  const ban = { room: "lobby", until: "2026-12-01T12:00:00.000Z", reason: "noise" };
  for (const text of said("banned", "", ban)) expect(text).toMatch(/lobby .* 2026-12-01T12:00:00.000Z: noise$/);
  for (const text of said("banned", "", { room: null, until: null, reason: "" })) expect(text).toMatch(/^\S+ \S+ \S+ \S+\.$/);
});

test("a fault names its field, unless it is shown there", () => {
  const fault = problem("invalid", "must have at least 8 characters", { source: "password" });
  expect(explainIn(en.errors, fault, at)).toBe("Password: must have at least 8 characters");
  expect(explainIn(sv.errors, fault, at)).toBe("Lösenord: måste ha minst 8 tecken");
  expect(explainIn(sv.errors, fault, at, true)).toBe("måste ha minst 8 tecken");
  const link = problem("invalid", "must be an address that begins with https://, http:// or mailto:", { source: "links.0.url" });
  expect(explainIn(sv.errors, link, at)).toBe("Länkar: måste vara en adress som börjar med https://, http:// eller mailto:");
  expect(explainIn(sv.errors, problem("invalid", "in other words"), at)).toBe("Det godtas inte.");
});

test("every fault that validation finds is said in Swedish", () => {
  const words = [...source("me_api/validation/messages.py").matchAll(/"((?:must|is) [^"]*)"/g)];
  const texts = [...source("me_api/validation/texts.py").matchAll(/ValueError\(f?"([^"]*)"/g)];
  const nicks = [...source("me_api/auth/nicks.py").matchAll(/ValueError\(f?"([^"]*)"/g)];
  const phrases = [...source("me_api/chat/search/phrases.py").matchAll(/\("q", f?"([^"]*)"/g)];
  expect([words, texts, nicks, phrases].map((found) => found.length > 1)).toEqual([true, true, true, true]);
  for (const [, text = ""] of [...words, ...texts, ...nicks, ...phrases]) {
    const detail = text.replace("{expected}", "'a', 'b' or 'c'").replace(/\{\w+\}/g, "5");
    expect(sayBy(sv.errors.faults, detail), detail).not.toBeNull();
  }
});
