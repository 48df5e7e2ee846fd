/** A storage that is broken, blocked or full keeps nobody from using the client (F44). */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SafeStorage, anyText, json } from "../../src/lib/safe-storage.js";
import { ClientStorage } from "../../src/lib/storage.js";
import { MemoryStorage } from "./support/storage.js";

const URL = "http://example.com";
const OUTBOX = `me-api:${URL}:outbox:`;
const GUEST = `me-api:${URL}:guest`;
const PROBLEM = { status: 422, code: "invalid", title: "Invalid", detail: "no" };

function entry(storage = new MemoryStorage()) {
  return new ClientStorage(URL, storage).createEntry("lobby", "hej");
}

/** A storage whose methods throw, as those of a page in a frame whose storage the browser blocks. */
function blocked(): Storage {
  const refuse = () => {
    throw new DOMException("Access is denied for this document.", "SecurityError");
  };
  return new Proxy(new MemoryStorage(), { get: (_, name) => (name === "length" ? refuse() : refuse) });
}

describe("an entry of the outbox", () => {
  test.each([
    ["", "no JSON"],
    ["{", "cut off"],
    ["null", "nothing"],
    ["[]", "a list"],
    ["42", "a number"],
    ['"text"', "a string"],
    ["{}", "an object without fields"],
    [JSON.stringify({ ...entry(), text: 1 }), "a text that is a number"],
    [JSON.stringify({ ...entry(), key: null }), "a key that is null"],
    [JSON.stringify({ ...entry(), as: {} }), "a sender that is an object"],
    [JSON.stringify({ ...entry(), after: "1" }), "a position that is a string"],
    [JSON.stringify({ ...entry(), problem: "no" }), "a problem that is a string"],
    [JSON.stringify({ ...entry(), problem: { code: 1 } }), "a problem without a text"],
    [JSON.stringify(entry()), "an entry of another name"],
  ])("%j is dropped: %s", (text) => {
    const storage = new MemoryStorage();
    const good = entry(storage);
    new ClientStorage(URL, storage).save(good);
    storage.setItem(`${OUTBOX}0000000000000001-x`, text);
    storage.setItem("another page's", text);
    expect(new ClientStorage(URL, storage).entries()).toEqual([good]);
    expect(storage.getItem(`${OUTBOX}0000000000000001-x`)).toBeNull();
    expect(storage.getItem("another page's")).toBe(text);
  });

  test("is kept with a problem and without", () => {
    const storage = new MemoryStorage();
    const kept = new ClientStorage(URL, storage);
    const entries = [kept.createEntry("lobby", "1"), { ...kept.createEntry("lobby", "2"), as: "guest", epoch: "e", problem: PROBLEM }];
    entries.forEach((each) => kept.save(each));
    expect(new ClientStorage(URL, storage).entries()).toEqual(entries);
  });

  test("may be anything: reading it never throws, and what is returned can be removed", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.string(), (text, name) => {
        const storage = new MemoryStorage();
        storage.setItem(OUTBOX + name, text);
        const kept = new ClientStorage(URL, storage);
        kept.entries().forEach((each) => kept.remove(each));
        expect(storage.length).toBe(0);
      }),
    );
  });
});

test.each(["", "short", "x".repeat(201), "x".repeat(30) + "\n", "å".repeat(30)])("the guest secret %j is replaced", (text) => {
  const storage = new MemoryStorage();
  storage.setItem(GUEST, text);
  const secret = new ClientStorage(URL, storage).guestSecret();
  expect(secret).toMatch(/^[0-9a-f]{48}$/);
  expect(new ClientStorage(URL, storage).guestSecret()).toBe(secret);
});

test("a storage that is blocked is as if it were empty, and one secret is used", () => {
  const kept = new ClientStorage(URL, blocked());
  const queued = kept.createEntry("lobby", "hej");
  expect(kept.entries()).toEqual([]);
  expect(kept.save(queued)).toBe(false);
  expect(kept.find(queued)).toBeNull();
  kept.remove(queued);
  expect(kept.guestSecret()).toBe(kept.guestSecret());
});

test("JSON of the wrong shape is removed, any text is not", () => {
  const storage = new MemoryStorage();
  const safe = new SafeStorage(storage);
  const list = json((value): value is number[] => Array.isArray(value));
  for (const text of ["{}", "[", "", "undefined"]) {
    storage.setItem("name", text);
    expect(safe.read("name", list)).toBeNull();
    expect(storage.length).toBe(0);
    storage.setItem("name", text);
    expect(safe.read("name", anyText)).toBe(text);
  }
  storage.setItem("name", "[1]");
  expect(safe.read("name", list)).toEqual([1]);
});
