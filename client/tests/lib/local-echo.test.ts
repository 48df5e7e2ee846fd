/** Each moment of a post, step by step, with a server that is played. */

import { expect, test } from "vitest";
import type { House } from "../../src/lib/context.js";
import { type Entry, Keep } from "../../src/lib/storage.js";
import { Dropped } from "../../src/lib/errors.js";
import { Outbox } from "../../src/lib/outbox.js";
import type { Message } from "../../src/lib/index.js";
import { ChatRoom } from "../../src/lib/room.js";

interface Sent {
  entry: Entry;
  answer(message: Message): void;
  drop(): void;
}

/** A room in which one is, with an outbox whose posts are answered by the test. */
async function played() {
  const sent: Sent[] = [];
  let room: ChatRoom | null = null;
  const outbox = new Outbox(new Keep("http://example.com", null), {
    post: (entry, take) =>
      new Promise<void>((fulfil, reject) => {
        const answer = (message: Message) => {
          room?.stored(message);
          fulfil(take(message));
        };
        sent.push({ entry, answer, drop: () => reject(new Dropped()) });
      }),
    who: () => ({ as: "guest", epoch: "e", position: 10 }),
    ready: () => true,
    settled: (_, id) => room?.settled(id) ?? true,
    changed: () => room?.posted(),
  });
  const joined = { rev: 10, epoch: "e", recovered: false, more: false, members: [], messages: [] };
  const link = {
    ask: async (event: string, _: object, take: (answer: object) => unknown) => take({ data: event === "join" ? joined : [] }),
  };
  const house = { link, outbox, who: () => ({ nick: "doe", user: null }), ready: () => true, settled: () => {} };
  room = new ChatRoom("lobby", house as unknown as House);
  await room.join();
  outbox.open();
  return { room, outbox, sent };
}

function message(id: number, rev: number, text: string, nick = "doe"): Message {
  return { room: "lobby", id, rev, nick, verified: false, text, time: "", edited: null, deleted: false };
}

function shown(room: ChatRoom): string[] {
  const messages = [...room.messages.value.values()].map(({ id, text }) => `${id} ${text}`);
  return [...messages, ...room.pending.value.map(({ text }) => `pending ${text}`)];
}

test("the event comes before its answer: shown once at each step", async () => {
  const { room, sent } = await played();
  room.post("hej");
  expect(shown(room)).toEqual(["pending hej"]);
  room.hear(message(1, 11, "hej", "roe")); // Somebody else says the same.
  expect(shown(room)).toEqual(["1 hej", "pending hej"]);
  room.hear(message(2, 12, "hej"));
  expect(shown(room)).toEqual(["1 hej", "2 hej"]);
  sent[0]?.answer(message(2, 12, "hej"));
  expect(shown(room)).toEqual(["1 hej", "2 hej"]);
});

test("the answer comes without an event, and with an edit that was made meanwhile", async () => {
  const { room, sent } = await played();
  room.post("hej");
  sent[0]?.answer({ ...message(1, 12, "nej"), edited: "now" });
  expect(shown(room)).toEqual(["1 nej"]);
});

test("the event waits behind a hole: the entry stays until the message can be seen", async () => {
  const { room, sent } = await played();
  room.post("hej");
  room.hear(message(2, 11, "hej"));
  expect(shown(room)).toEqual(["pending hej"]);
  sent[0]?.answer(message(2, 11, "hej"));
  expect(shown(room)).toEqual(["pending hej"]);
  room.hear(message(1, 12, "edited meanwhile", "roe"));
  expect(shown(room)).toEqual(["1 edited meanwhile", "2 hej"]);
});

test("a wrong guess is put right by the answer, one of old is no guess", async () => {
  const { room, sent } = await played();
  room.post("ok");
  room.hear(message(1, 9, "ok")); // From before it was sent.
  expect(shown(room)).toEqual(["1 ok", "pending ok"]);
  room.hear(message(2, 12, "ok")); // From one's other tab.
  expect(shown(room)).toEqual(["1 ok", "2 ok"]);
  sent[0]?.answer(message(3, 13, "ok"));
  expect(shown(room)).toEqual(["1 ok", "2 ok", "3 ok"]);
});

test("a dropped answer is asked for again under the same key, nothing overtakes it", async () => {
  const { room, outbox, sent } = await played();
  room.post("one");
  room.post("two");
  expect(sent).toHaveLength(1);
  void outbox.close();
  sent[0]?.drop();
  await new Promise((done) => setTimeout(done));
  expect(shown(room)).toEqual(["pending one", "pending two"]);
  outbox.open();
  expect(sent.map(({ entry }) => entry.text)).toEqual(["one", "one"]);
  expect(sent[1]?.entry.key).toBe(sent[0]?.entry.key);
  sent[1]?.answer(message(1, 11, "one"));
  await new Promise((done) => setTimeout(done));
  expect(sent.map(({ entry }) => entry.text)).toEqual(["one", "one", "two"]);
});
