/**
 * The chat, used by several people.
 *
 * Normalised: ids (names of the clients).
 */
import type { ClientContext } from "../harness/context.ts";
import { scenarios } from "../scenario.ts";
import { chat } from "./chat.app.ts";

const join = (t: ClientContext, nickname: string) => t.connect(nickname, { auth: { nickname } });

export const CHAT = scenarios([
  {
    name: "chat: an evening in a room",
    server: chat,
    async client(t) {
      const alice = await join(t, "alice");
      const bob = await join(t, "bob");
      await alice.received("online");
      t.expect.deepEqual(await alice.ask("enter", "kitchen"), { ok: true });
      t.expect.deepEqual(await bob.ask("enter", "kitchen"), { ok: true });
      await bob.deliver("typing", "kitchen");
      await bob.deliver("typing", "kitchen");
      t.expect.deepEqual(await bob.ask("say", { room: "kitchen", text: "hello" }), { ok: true });
      t.expect.deepEqual(await alice.ask("say", { room: "kitchen", text: "hi 🐭" }), { ok: true });
      t.expect.deepEqual(await bob.ask("say", { room: "kitchen", text: "tea?" }), { ok: true });
      await alice.deliver("typing", "kitchen");
      await alice.cut();
      await bob.received("online");
      t.expect.deepEqual(alice.log.slice(1, -1), [
        ["welcome", { nickname: "alice", online: ["alice"] }],
        ["online", ["alice", "bob"]],
        ["present", { room: "kitchen", nicknames: ["alice"] }],
        ["entered", { room: "kitchen", nickname: "bob" }],
        ["typing", { room: "kitchen", nickname: "bob" }],
        ["stopped typing", { room: "kitchen", nickname: "bob" }],
        ["said", { room: "kitchen", nickname: "bob", text: "hello", count: 1 }],
        ["said", { room: "kitchen", nickname: "alice", text: "hi 🐭", count: 1 }],
        ["said", { room: "kitchen", nickname: "bob", text: "tea?", count: 2 }],
      ]);
      t.expect.deepEqual(bob.log.slice(-4), [
        ["typing", { room: "kitchen", nickname: "alice" }],
        ["stopped typing", { room: "kitchen", nickname: "alice" }],
        ["left", { room: "kitchen", nickname: "alice" }],
        ["online", ["bob"]],
      ]);
    },
  },
  {
    name: "chat: the door",
    server: chat,
    async client(t) {
      const nobody = await t.connect("nobody");
      const blank = await join(t, "  ");
      await join(t, "alice");
      const thief = await t.connect("thief", { auth: { nickname: "alice" } });
      t.expect.deepEqual(nobody.log, [
        ["connect_error", "nickname required", { field: "nickname" }],
      ]);
      t.expect.deepEqual(blank.log, [
        ["connect_error", "nickname required", { field: "nickname" }],
      ]);
      t.expect.deepEqual(thief.log, [["connect_error", "nickname taken", { $undefined: true }]]);
    },
  },
  {
    name: "chat: rules of rooms",
    server: chat,
    async client(t) {
      const alice = await join(t, "alice");
      const bob = await join(t, "bob");
      const { id } = bob.socket;
      t.expect.deepEqual(await alice.ask("say", { room: "attic", text: "?" }), {
        ok: false,
        error: "not there",
      });
      t.expect.deepEqual(await alice.ask("leave", "attic"), { ok: false, error: "not there" });
      t.expect.deepEqual(await alice.ask("say", { room: id, text: "?" }), {
        ok: false,
        error: "not there",
      });
      await alice.ask("enter", "attic");
      t.expect.deepEqual(await alice.ask("enter", "attic"), { ok: false, error: "already there" });
      t.expect.deepEqual(await alice.ask("say", { room: "attic", text: "x".repeat(201) }), {
        ok: false,
        error: "too long",
      });
      t.expect.deepEqual(await alice.ask("leave", "attic"), { ok: true });
      await alice.deliver("typing", "attic");
      await t.settle();
      t.expect.deepEqual(bob.events, ["connect", "welcome"]);
    },
  },
  {
    name: "chat: two rooms do not hear each other",
    server: chat,
    async client(t) {
      // One after the other: everybody is told who is online.
      const alice = await join(t, "alice");
      const bob = await join(t, "bob");
      const carol = await join(t, "carol");
      await alice.ask("enter", "kitchen");
      await bob.ask("enter", "kitchen");
      await bob.ask("enter", "attic");
      await carol.ask("enter", "attic");
      await alice.ask("say", { room: "kitchen", text: "one" });
      await carol.ask("say", { room: "attic", text: "two" });
      await t.settle();
      const heard = (log: unknown[][]) =>
        log
          .filter(([event]) => event === "said")
          .map(([, said]) => (said as { text: string }).text);
      t.expect.deepEqual(heard(alice.log), ["one"]);
      t.expect.deepEqual(heard(bob.log), ["one", "two"]);
      t.expect.deepEqual(heard(carol.log), ["two"]);
    },
  },
]);
