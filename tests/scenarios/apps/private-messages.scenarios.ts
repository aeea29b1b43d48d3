/**
 * Private messages, with users who come back and are connected several times.
 *
 * Normalised: ids (names of the clients). The application's own ids count up and are compared.
 */
import { scenarios } from "../scenario.ts";
import { privateMessages } from "./private-messages.app.ts";

const awake = "sessions and messages are kept in the memory of the server half";

export const PRIVATE_MESSAGES = scenarios([
  {
    name: "private messages: a conversation, interrupted",
    awake,
    server: privateMessages,
    async client(t) {
      const alice = await t.connect("alice", { auth: { username: "alice" } });
      await alice.received("users");
      const bob = await t.connect("bob", { auth: { username: "bob" } });
      await bob.received("users");
      await alice.received("user connected");
      await alice.deliver("message", { to: "user-2", content: "are you there?" });
      await bob.received("message");
      await bob.cut();
      t.expect.deepEqual(await alice.received("user disconnected"), ["user-2"]);
      await alice.deliver("message", { to: "user-2", content: { text: "hello?", list: [1] } });
      const back = await t.connect("bob again", { auth: { sessionId: "session-2" } });
      await back.received("users");
      await alice.received("user connected", 2);
      t.expect.deepEqual(back.log.slice(1), [
        ["session", { sessionId: "session-2", userId: "user-2" }],
        [
          "users",
          [
            {
              userId: "user-1",
              username: "alice",
              connected: true,
              messages: [
                { from: "user-1", to: "user-2", content: "are you there?" },
                { from: "user-1", to: "user-2", content: { text: "hello?", list: [1] } },
              ],
            },
            { userId: "user-2", username: "bob", connected: true, messages: [] },
          ],
        ],
      ]);
      t.expect.deepEqual(bob.log.at(-2), [
        "message",
        { from: "user-1", to: "user-2", content: "are you there?" },
      ]);
    },
  },
  {
    name: "private messages: a user with two tabs",
    awake,
    server: privateMessages,
    async client(t) {
      const one = await t.connect("one", { auth: { username: "alice" } });
      await one.received("users");
      const two = await t.connect("two", { auth: { sessionId: "session-1" } });
      await two.received("users");
      const bob = await t.connect("bob", { auth: { username: "bob" } });
      await bob.received("users");
      await one.deliver("message", { to: "user-2", content: 1 });
      await bob.deliver("message", { to: "user-1", content: 2 });
      await one.disconnect();
      await t.settle();
      t.expect.deepEqual(two.log.slice(3), [
        ["user connected", { userId: "user-2", username: "bob" }],
        ["message", { from: "user-1", to: "user-2", content: 1 }],
        ["message", { from: "user-2", to: "user-1", content: 2 }],
      ]);
      t.expect.deepEqual(bob.log.slice(3), [
        ["message", { from: "user-1", to: "user-2", content: 1 }],
      ]);
      await two.cut();
      t.expect.deepEqual(await bob.received("user disconnected"), ["user-1"]);
    },
  },
  {
    name: "private messages: signing out everywhere",
    awake,
    server: privateMessages,
    async client(t) {
      const one = await t.connect("one", { auth: { username: "alice" } });
      await one.received("users");
      const two = await t.connect("two", { auth: { sessionId: "session-1" } });
      await two.received("users");
      const bob = await t.connect("bob", { auth: { username: "bob" } });
      await bob.received("users");
      await two.emit("sign out everywhere");
      await Promise.all([one.disconnected(), two.disconnected()]);
      t.expect.deepEqual(await bob.received("user disconnected"), ["user-1"]);
      t.expect.deepEqual(one.log.at(-1), ["disconnect", "io server disconnect"]);
      t.expect.equal(bob.events.includes("disconnect"), false);
    },
  },
  {
    name: "private messages: nobody without a name",
    awake,
    server: privateMessages,
    async client(t) {
      const nobody = await t.connect("nobody");
      const expired = await t.connect("expired", { auth: { sessionId: "session-99" } });
      const refused = [["connect_error", "invalid username", { $undefined: true }]];
      t.expect.deepEqual(nobody.log, refused);
      t.expect.deepEqual(expired.log, refused);
    },
  },
]);
