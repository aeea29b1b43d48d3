/** What is as it was after a sleep. */
import type { Habit } from "./habits.ts";

export const SURVIVING: readonly Habit[] = [
  {
    file: "data-of-a-socket",
    does: "what is known of a client is in `socket.data`",
    outcome: { survives: true },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "name", "Ada");
      await say(ada, "say", "one");
      await say(ada, "say", "two");
    },
  },
  {
    file: "property-of-a-socket",
    does: "it hangs on the socket itself: `socket.username = …`",
    outcome: { survives: true },
    act: async ({ join, say, leave }) => {
      const [ada] = [await join("ada"), await join("bob")];
      await say(ada, "name", "Ada");
      await say(ada, "say", "hello");
      await leave(ada);
    },
  },
  {
    file: "flag-while-loading",
    does: "the connection listener deletes behind an `await` what it had set on the socket, and an event sets it again",
    outcome: { survives: true },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "show");
      await say(ada, "load");
      await say(ada, "show");
      await say(ada, "show");
    },
  },
  {
    file: "property-of-another",
    does: "an event of one client sets properties on the socket of another",
    outcome: { survives: true },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "challenge");
      await say(bob, "move", "e2e4");
      await say(bob, "move", "g1f3");
      await say(ada, "moves");
    },
  },
  {
    file: "rooms",
    does: "rooms say who gets what",
    outcome: { survives: true },
    act: async ({ join, say, leave }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "join", "cats");
      await say(bob, "join", "cats");
      await say(bob, "say", "cats", "miaow");
      await say(ada, "say", "dogs", "nobody hears");
      await leave(ada);
    },
  },
  {
    file: "who-is-here",
    does: "who is here is asked for: `await io.fetchSockets()`",
    outcome: { survives: true },
    act: async ({ join, say, leave }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "name", "Ada");
      await say(bob, "name", "Bob");
      await leave(bob);
    },
  },
  {
    file: "token",
    does: "a middleware checks a token and sets `socket.data`",
    outcome: { survives: true },
    act: async ({ join, say }) => {
      const ada = await join("ada", { auth: { token: "Ada" } });
      await join("eve");
      await say(ada, "say", "hello");
    },
  },
  {
    file: "user-on-the-request",
    does: "a middleware of the engine puts a session or a user on the request",
    outcome: { survives: true },
    act: async ({ join, say }) => {
      const ada = await join("ada", { query: { user: "Ada" } });
      await say(ada, "hello");
      await say(ada, "hello");
    },
  },
  {
    file: "user-here-and-there",
    does: "a middleware puts one object on the request and in `socket.data`, and listeners change it",
    outcome: { survives: true },
    act: async ({ join, say }) => {
      const ada = await join("ada", { auth: { name: "Ada" } });
      await say(ada, "win");
      await say(ada, "win");
    },
  },
  {
    file: "welcome",
    does: "the connection listener greets, joins, tells others, registers",
    outcome: { survives: true },
    act: async ({ join, say }) => {
      const ada = await join("ada", { query: { name: "Ada" } });
      await join("bob", { query: { name: "Bob" } });
      await say(ada, "say", "hello");
    },
  },
  {
    file: "user-in-a-room",
    does: "a user's sockets are a room named after the user",
    outcome: { survives: true },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "name", "Ada");
      await say(bob, "name", "Bob");
      await say(bob, "whisper", "Ada", "psst");
    },
  },
  {
    file: "score-in-io-data",
    does: "what belongs to all is in `io.data`",
    outcome: { survives: true },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "score");
      await say(ada, "score");
    },
  },
  {
    file: "listener-in-a-middleware",
    does: "a middleware registers listeners",
    outcome: { survives: true, rules: ["no-state-in-middlewares"] },
    act: async ({ join, say }) => {
      const ada = await join("ada", { auth: { token: "Ada" } });
      await say(ada, "who");
      await say(ada, "who");
    },
  },
  {
    file: "size-of-a-room",
    does: "a room's size, or `io.engine.clientsCount`, says whether there is a place",
    outcome: { survives: true, isLong: true },
    act: async ({ join, say, leave }) => {
      const [ada, bob, eve] = [await join("ada"), await join("bob"), await join("eve")];
      await say(ada, "call", "cats");
      await say(bob, "call", "cats");
      await say(eve, "call", "cats");
      await say(ada, "offer", "cats", "a picture");
      await leave(eve);
    },
  },
  {
    file: "others-by-id",
    does: "another's socket is found in `io.sockets.sockets`, and gets data, rooms, events",
    outcome: { survives: true, isLong: true },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "name", "Ada");
      await say(bob, "name", "Bob");
      await say(ada, "hit", "Bob");
      await say(ada, "hit", "Bob");
      await say(bob, "score");
      await say(ada, "heal");
      await say(bob, "score");
      await say(ada, "kick", "Bob");
    },
  },
  {
    file: "current-room",
    does: "the room that a client is in is read off `socket.rooms`",
    outcome: { survives: true, isLong: true },
    act: async ({ join, say, leave }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(bob, "go", "zebras");
      await say(ada, "go", "zebras");
      await say(ada, "look into", "apes");
      await say(ada, "say", "hello");
      await say(ada, "go", "moles");
      await say(ada, "look into", "zebras");
      await say(ada, "say", "hello again");
      await leave(ada);
    },
  },
  {
    file: "every-event",
    does: "`socket.use` and `socket.onAny` look at every event",
    outcome: { survives: true, isLong: true },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "close");
      await say(ada, "login");
      await say(ada, "close");
    },
  },
  {
    file: "namespace-per-room",
    does: "each room is a namespace that a pattern lets in: `io.of(/^\\/room-\\w+$/)`",
    outcome: { survives: true, isLong: true },
    act: async ({ join, say, leave }) => {
      const ada = await join("ada", { namespace: "/room-a" });
      const bob = await join("bob", { namespace: "/room-a" });
      const eve = await join("eve", { namespace: "/room-b" });
      await say(ada, "say", "hello");
      await say(eve, "say", "nobody hears");
      await leave(bob);
      await say(ada, "say", "bye");
    },
  },
  {
    file: "io-in-a-module",
    does: "a variable of a module lends `io` to others, and `setup` sets it",
    outcome: { survives: true, isLong: true },
    act: async ({ join, say }) => {
      const ada = await join("ada", { query: { user: "Ada" } });
      const bob = await join("bob", { query: { user: "Bob" } });
      await say(ada, "notify", "Bob", "hello");
      await say(bob, "notify", "Ada", "hello to you");
    },
  },
  {
    file: "profile-from-a-database",
    does: "the connection listener waits for a database, then joins and tells",
    outcome: { survives: true, isLong: true },
    act: async ({ join, say, leave }) => {
      const ada = await join("ada", { query: { user: "Ada" } });
      const again = await join("ada again", { query: { user: "Ada" } });
      await say(ada, "say", "hello");
      await leave(again);
      await say(ada, "say", "bye");
    },
  },
  {
    file: "moved-by-rooms",
    does: "users are moved and signed out by rooms: `io.in(user).socketsJoin(room)`",
    outcome: { survives: true, isLong: true },
    act: async ({ join, say }) => {
      const ada = await join("ada", { query: { user: "Ada" } });
      const bob = await join("bob", { query: { user: "Bob" } });
      await say(ada, "invite", "Bob", "cats");
      await say(ada, "say", "cats", "miaow");
      await say(ada, "show out", "Bob", "cats");
      await say(ada, "say", "cats", "nobody hears");
      await join("bob again", { query: { user: "Bob" } });
      await say(bob, "sign out", "Bob");
    },
  },
  {
    file: "events-of-rooms",
    does: "listeners of the adapter tell who comes into a room, and goes",
    outcome: { survives: true, isLong: true },
    act: async ({ join, say, leave }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "join", "#cats");
      await say(bob, "join", "#cats");
      await say(ada, "leave", "#cats");
      await leave(bob);
      await say(ada, "join", "#dogs");
    },
  },
  {
    file: "methods-on-the-socket",
    does: "the connection listener gives the socket methods: `socket.refuse = …`",
    outcome: { survives: true, isLong: true },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "close");
      await say(ada, "login", "admin");
      await say(ada, "close");
    },
  },
  {
    file: "id-of-its-own",
    does: "a middleware gives the socket an id of its own",
    outcome: { survives: true, isLong: true },
    act: async ({ join, say }) => {
      const ada = await join("ada", { query: { user: "Ada" } });
      const bob = await join("bob", { query: { user: "Bob" } });
      await say(ada, "whisper", "Bob", "psst");
      await say(bob, "whisper", "Ada", "what?");
    },
  },
  {
    file: "user-on-the-handshake",
    does: "what is known of a client hangs on `socket.handshake`, or on `socket.client`",
    outcome: { survives: true, isLong: true },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "who");
      await say(ada, "name", "Ada");
      await say(ada, "who");
      await say(ada, "name", "Ada Lovelace");
      await say(ada, "who");
    },
  },
  {
    file: "begun-by-the-engine",
    does: "a listener of the engine's `connection` begins what hangs on `socket.conn`, or on the request",
    outcome: { survives: true, isLong: true },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      for (let visits = 0; visits < 3; visits++) await say(ada, "visit");
    },
  },
  {
    file: "loop-over-events",
    does: 'the connection listener goes through its client\'s events for ever: `for await (const [text] of on(socket, "say"))`',
    // The loop is one of its own, with variables.
    outcome: { survives: true, rules: ["no-state-in-variables"] },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "say", "hello");
      await say(ada, "say", "bye");
    },
  },
  {
    file: "only-once",
    does: "a listener hears once, or takes itself off: `socket.once(…)`, `socket.off(…)`",
    outcome: { survives: true },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      for (const event of ["ready", "vote", "ready", "vote", "leave", "say"])
        await say(ada, event, "for");
    },
  },
  {
    file: "every-event-as-a-star",
    does: "`socket.onevent` is replaced: every event is heard as `*`, too, or some are not",
    outcome: { survives: true },
    act: async ({ join, say, ask }) => {
      const ada = await join("ada");
      await say(ada, "say", "hello");
      await say(ada, "spam");
      await ask(ada, "add", 1, 2);
    },
  },
  {
    file: "made-and-put-on-the-socket",
    does: "an object that the connection listener makes is in `socket.data`, and listeners change it by its variable",
    outcome: { survives: true },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "hit");
      await say(ada, "take", "key");
      await say(ada, "hit");
      await say(ada, "take", "sword");
    },
  },
  {
    file: "view-of-kept-bytes",
    does: "a view writes into bytes in `socket.data`: `new DataView(socket.data.bytes.buffer)`",
    outcome: { survives: true },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "put", 0, 7);
      await say(ada, "show");
      await say(ada, "put", 1, 9);
      await say(ada, "show");
    },
  },
];
