/** Texts for what the server names: whatever it may record has words in both languages. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { en } from "../../src/page/i18n/en.js";
import { sv } from "../../src/page/i18n/sv.js";
import { ROOT } from "../lib/support/paths.js";

test("every action of the moderators' log has a text", () => {
  const source = readFileSync(join(ROOT, "me_api/auth/audit.py"), "utf8");
  const [, listed = ""] = /AuditAction = Literal\[([^\]]*)\]/.exec(source) ?? [];
  const actions = [...listed.matchAll(/"(\w+)"/g)].map(([, action]) => action).sort();
  expect(actions).toContain("delete_room");
  for (const texts of [en, sv]) expect(Object.keys(texts.moderation.actions).sort()).toEqual(actions);
});

test("every reason why a room is closed has a line that names the room", () => {
  for (const texts of [en, sv]) {
    for (const code of ["room_deleted", "members_only", "banned", "not_found"] as const) {
      expect(texts.chat.closed[code]("Nyheter")).toContain("Nyheter");
    }
  }
});
