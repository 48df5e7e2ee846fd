/** The local echo of a post, step by step, with a fake server. */

import { expect, test } from "vitest";
import type { ClientContext } from "../../src/lib/context.js";
import { ConnectionLost } from "../../src/lib/errors.js";
import type { Message } from "../../src/lib/index.js";
import { Outbox } from "../../src/lib/outbox.js";
import { ChatRoom } from "../../src/lib/room.js";
import { ClientStorage, type OutboxEntry } from "../../src/lib/storage.js";

interface Request {
  entry: OutboxEntry;
  acknowledge(message: Message): void;
  loseConnection(): void;
}

/** Create a joined room, and an outbox whose posts the test acknowledges. */
async function joinedRoom() {
  const requests: Request[] = [];
  let room: ChatRoom | null = null;
  const outbox = new Outbox(new ClientStorage("http://example.com", null), {
    post: (entry, handle) =>
      new Promise<void>((resolve, reject) => {
        const acknowledge = (message: Message) => {
          room?.messageStored(message);
          resolve(handle(message));
        };
        requests.push({ entry, acknowledge, loseConnection: () => reject(new ConnectionLost()) });
      }),
    sender: () => ({ as: "guest", epoch: "e", position: 10 }),
    canSend: () => true,
    replacesPending: (_, id) => room?.replacesPending(id) ?? true,
    pendingChanged: () => room?.pendingChanged(),
  });
  const joined = { rev: 10, epoch: "e", recovered: false, more: false, members: [], messages: [] };
  const connection = {
    request: async (event: string, _: object, handle: (response: object) => unknown) =>
      handle({ data: event === "join" ? joined : [] }),
  };
  const identity = () => ({ nick: "doe", user: null });
  const context = { connection, outbox, identity, isReady: () => true, updateStatus: () => {} };
  room = new ChatRoom("lobby", context as unknown as ClientContext);
  await room.join();
  outbox.resume();
  return { room, outbox, requests };
}

function message(id: number, rev: number, text: string, nick = "doe"): Message {
  return { room: "lobby", id, rev, nick, verified: false, text, time: "", edited: null, deleted: false };
}

function shown(room: ChatRoom): string[] {
  const messages = [...room.messages.value.values()].map(({ id, text }) => `${id} ${text}`);
  return [...messages, ...room.pending.value.map(({ text }) => `pending ${text}`)];
}

test("if the event precedes the acknowledgement, the post is shown once at each step", async () => {
  const { room, requests } = await joinedRoom();
  room.post("hej");
  expect(shown(room)).toEqual(["pending hej"]);
  room.messageReceived(message(1, 11, "hej", "roe")); // The same text by another sender.
  expect(shown(room)).toEqual(["1 hej", "pending hej"]);
  room.messageReceived(message(2, 12, "hej"));
  expect(shown(room)).toEqual(["1 hej", "2 hej"]);
  requests[0]?.acknowledge(message(2, 12, "hej"));
  expect(shown(room)).toEqual(["1 hej", "2 hej"]);
});

test("an acknowledgement without an event shows the message, with an edit made meanwhile", async () => {
  const { room, requests } = await joinedRoom();
  room.post("hej");
  requests[0]?.acknowledge({ ...message(1, 12, "nej"), edited: "now" });
  expect(shown(room)).toEqual(["1 nej"]);
});

test("while the message is held back by a gap, its pending entry is shown", async () => {
  const { room, requests } = await joinedRoom();
  room.messageReceived(message(1, 9, "first", "roe"));
  room.post("hej");
  room.messageReceived(message(3, 11, "hej"));
  expect(shown(room)).toEqual(["1 first", "pending hej"]);
  requests[0]?.acknowledge(message(3, 11, "hej"));
  expect(shown(room)).toEqual(["1 first", "pending hej"]);
  room.messageReceived(message(2, 12, "edited meanwhile", "roe"));
  expect(shown(room)).toEqual(["1 first", "2 edited meanwhile", "3 hej"]);
});

test("the acknowledgement corrects a wrong match; an older message is not matched", async () => {
  const { room, requests } = await joinedRoom();
  room.post("ok");
  room.messageReceived(message(1, 9, "ok")); // Stored before the post was sent.
  expect(shown(room)).toEqual(["1 ok", "pending ok"]);
  room.messageReceived(message(2, 12, "ok")); // Posted by another tab.
  expect(shown(room)).toEqual(["1 ok", "2 ok"]);
  requests[0]?.acknowledge(message(3, 13, "ok"));
  expect(shown(room)).toEqual(["1 ok", "2 ok", "3 ok"]);
});

test("a post whose acknowledgement is lost is retried with the same key, before the next post", async () => {
  const { room, outbox, requests } = await joinedRoom();
  room.post("one");
  room.post("two");
  expect(requests).toHaveLength(1);
  void outbox.pause();
  requests[0]?.loseConnection();
  await new Promise((resolve) => setTimeout(resolve));
  expect(shown(room)).toEqual(["pending one", "pending two"]);
  outbox.resume();
  expect(requests.map(({ entry }) => entry.text)).toEqual(["one", "one"]);
  expect(requests[1]?.entry.key).toBe(requests[0]?.entry.key);
  requests[1]?.acknowledge(message(1, 11, "one"));
  await new Promise((resolve) => setTimeout(resolve));
  expect(requests.map(({ entry }) => entry.text)).toEqual(["one", "one", "two"]);
});
