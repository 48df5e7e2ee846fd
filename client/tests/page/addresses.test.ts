/** Web addresses in messages: which they are, and that long ones cost no more than their length. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findAddresses } from "../../src/page/addresses.js";
import { countWork } from "./support/work.js";

const found = (text: string) => findAddresses(text).map((address) => address.text);

test("ends before the punctuation of the sentence and the brackets around it", () => {
  expect(found("see http://a.example.")).toEqual(["http://a.example"]);
  expect(found("(see https://a.example/x), and HTTP://B.example/?!…")).toEqual([
    "https://a.example/x",
    "HTTP://B.example/",
  ]);
  expect(found("http://a.example/wiki/A_(b) http://a.example/(x)). (http://a.example/(y))")).toEqual([
    "http://a.example/wiki/A_(b)",
    "http://a.example/(x)",
    "http://a.example/(y)",
  ]);
  expect(found("<http://a.example> 'http://b.example' \"http://c.example\"")).toHaveLength(3);
  expect(found("http:// https://. ftp://a.example javascript:alert(1)")).toEqual([]);
});

test("ends where the rule says, which is easier to read than to run (F27)", () => {
  const byTheRule = (address: string): string => {
    const trimmed = address.replace(/[.,:;!?…]+$/, "");
    const unopened = trimmed.endsWith(")") && trimmed.split(")").length > trimmed.split("(").length;
    return unopened ? byTheRule(trimmed.slice(0, -1)) : trimmed;
  };
  const rest = fc.string({ unit: fc.constantFrom("a", "/", "(", ")", ".", "…", ",", "?"), maxLength: 12 });
  fc.assert(
    fc.property(rest, (end) => {
      const address = `http://a.example${end}`;
      expect(found(address)).toEqual([byTheRule(address)].filter((text) => URL.canParse(text)));
    }),
    { numRuns: 2000 },
  );
});

describe("four times the text is at most five times the work (F27)", () => {
  const repeated = (head: string, part: string, tail = "") => [head + part.repeat(900) + tail, head + part.repeat(3600) + tail] as const;
  test.each([
    ["closing brackets", repeated("http://a", ")")],
    ["opening brackets", repeated("http://a", "(")],
    ["brackets and points", repeated("http://a", ").")],
    ["points before a letter", repeated("http://a", ".", "a")],
    ["points", repeated("http://a", "….")],
    ["pairs", repeated("http://a", "()", ")")],
    ["addresses", repeated("", "http://a.example/) ")],
    ["addresses without space", repeated("", "http://a)")],
    ["beginnings", repeated("", "http:/")],
  ])("%s", (_, [short, long]) => {
    const less = countWork(() => findAddresses(short));
    const more = countWork(() => findAddresses(long));
    expect(less).toBeGreaterThan(0);
    expect(more / less).toBeLessThan(5);
  });
});
