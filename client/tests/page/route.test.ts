/** The addresses of views: which each is, and that each is read as it is written. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { parseRoute, paths } from "../../src/page/route.js";

test("the address of a message names its room and id", () => {
  expect(parseRoute("#/chat/lobby/42")).toEqual({ view: "chat", room: "lobby", message: 42 });
  for (const id of ["", "/", "/0", "/-1", "/1.5", "/x", "/1e400"]) {
    expect(parseRoute(`#/chat/lobby${id}`)).toEqual({ view: "chat", room: "lobby", message: null });
  }
  expect(parseRoute("#/chat")).toEqual({ view: "chat", room: null, message: null });
});

test("the form for a room has an address that no room has", () => {
  expect(parseRoute(paths.newRoom)).toEqual({ view: "new-room" });
  expect(parseRoute(paths.room("new"))).toEqual({ view: "room", room: "new" });
});

test("what is written into an address is read from it", () => {
  const text = fc.string({ unit: "binary", minLength: 1 }).filter((words) => !/\p{Surrogate}/u.test(words));
  fc.assert(
    fc.property(text, fc.integer({ min: 1 }), (words, id) => {
      expect(parseRoute(paths.search(words))).toEqual({ view: "search", words });
      expect(parseRoute(paths.message(words, id))).toEqual({ view: "chat", room: words, message: id });
      expect(parseRoute(paths.report(id, words))).toEqual(
        words === "edit" ? { view: "edit", week: id } : { view: "report", week: id, place: words },
      );
    }),
  );
  expect(parseRoute(paths.search())).toEqual({ view: "search", words: "" });
});
