/** List windowing: which of the loaded messages are in the DOM. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { NEWEST, around, resolve, scrollDown, scrollUp } from "../../src/page/chat/windowing.js";

const MAX = 220;
const loaded = fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 0, max: 3000 })).map(([first, size]) => ({ first, last: first + size }));

test("a message that is loaded is in the window around it, with its neighbours on both sides", () => {
  fc.assert(
    fc.property(loaded, fc.nat(), fc.boolean(), ({ first, last }, pick, newest) => {
      const id = first + (pick % (last - first + 1));
      const { from, end } = resolve(around(id), first, last, newest);
      expect(from).toBe(Math.max(first, id - 50));
      expect(end).toBe(Math.min(last, id + 50));
    }),
  );
});

test("scrolling reaches all that is loaded, with a window that overlaps the one before and stays small", () => {
  fc.assert(
    fc.property(loaded, fc.nat(), fc.boolean(), ({ first, last }, pick, newest) => {
      const start = resolve(around(first + (pick % (last - first + 1))), first, last, newest);
      let shown = start;
      for (; shown.end < last; ) {
        const next = resolve(scrollDown(shown, last), first, last, newest);
        expect(next.end).toBeGreaterThan(shown.end);
        expect(next.from).toBeLessThanOrEqual(shown.end + 1);
        expect(next.end - next.from).toBeLessThan(MAX);
        shown = next;
      }
      expect(shown.followsNewest).toBe(newest);
      for (shown = start; shown.from > first; ) {
        const next = resolve(scrollUp(shown, first), first, last, newest);
        expect(next.from).toBeLessThan(shown.from);
        expect(next.end).toBeGreaterThanOrEqual(shown.from - 1);
        expect(next.end - next.from).toBeLessThan(MAX);
        shown = next;
      }
    }),
  );
});

test("what is far back never follows the newest", () => {
  expect(resolve(around(95), 1, 100, true)).toMatchObject({ end: 100, followsNewest: true });
  expect(resolve(around(95), 1, 100, false)).toMatchObject({ end: 100, followsNewest: false });
});

test("what is not loaded any more is replaced by the newest", () => {
  expect(resolve({ from: 1, to: 101 }, 900, 950)).toEqual(resolve(NEWEST, 900, 950));
});
