/** What a sleep leaves of it. */
import { guard, offer, RIGHT, rules, WRONG } from "../rule.ts";

/** How long clients go on coming, in milliseconds: many times what they could put off. */
const PATIENCE = 40_000;

export const SLEEP = rules([
  {
    name: "clientConnectedFn is called again after a sleep, and what it does again is dropped",
    server(io, log) {
      guard(io, log, {
        clientConnectedFn: async ({ socket, restored }) => {
          log(restored ? "again" : "first");
          socket.emit("welcome");
          socket.join("club");
          socket.data.count = (socket.data.count ?? 0) + 1;
          await Promise.resolve();
          io.emit("news", "somebody came");
          socket.on("data", (answer) => answer([socket.data.count, socket.rooms.has("club")]));
        },
      });
    },
    async client(t) {
      const alice = await t.connect("alice", RIGHT);
      await alice.emit("authenticate");
      await alice.received("news");
      for (let sleep = 0; sleep < 2; sleep++) {
        t.expect.deepEqual(await alice.ask("data"), [1, true]);
      }
      t.expect.equal((await t.serverLog()).filter(([event]) => event === "first").length, 1);
      const events = ["connect", "ping", "authenticated", "welcome", "news"];
      t.expect.deepEqual(alice.events, events);
    },
  },
  {
    name: "clientConnectedFn that goes on is not cut off by a sleep, and lets the object sleep when it ends",
    server(io, log) {
      guard(io, log, {
        clientConnectedFn: async ({ socket, restored }) => {
          socket.on("late", (answer) => answer(socket.rooms.has("late")));
          if (restored) return log("again");
          await new Promise((resolve) => setTimeout(resolve, 100));
          socket.join("late");
          socket.emit("welcome");
        },
      });
    },
    async client(t) {
      const alice = await t.connect("alice", RIGHT);
      await alice.emit("authenticate");
      await alice.received("authenticated");
      await alice.deliver("anything");
      await alice.received("welcome");
      for (let sleep = 0; sleep < 2; sleep++) t.expect.equal(await alice.ask("late"), true);
    },
  },
  {
    name: "clientConnectedFn of a client that has gone keeps nothing awake",
    server(io, log) {
      guard(io, log, {
        clientConnectedFn: ({ socket }) => {
          setTimeout(() => socket.disconnect(), 50);
          return new Promise(() => {});
        },
      });
      const reasons = () =>
        io.awakeReasons.filter(({ what }) => what.includes("clientConnectedFn"));
      offer(io, { reasons: () => reasons().length });
    },
    async client(t) {
      const alice = await t.connect("alice", RIGHT);
      await alice.emit("authenticate");
      await alice.received("authenticated");
      await alice.disconnected();
      t.expect.equal(await t.control("reasons"), 0);
    },
    awake: "a sleep would forget the reasons",
  },
  {
    name: "restored tells a sleep before authentication from one behind it",
    server(io, log) {
      guard(io, log, {
        clientConnectedFn: ({ socket, restored }) => {
          if (!restored) log("first");
          socket.on("leave early", () => socket.disconnect());
        },
      });
    },
    async client(t) {
      const alice = await t.connect("alice", RIGHT);
      // Wakes the object for Alice, who is not authenticated.
      await alice.deliver("too early");
      await t.serverLogged("warn");
      await alice.emit("authenticate");
      await alice.received("authenticated");
      await alice.emit("leave early");
      t.expect.equal(await alice.disconnected(), "io server disconnect");
      t.expect.deepEqual(
        (await t.serverLog()).map(([event]) => event),
        ["warn", "first"],
      );
    },
  },
  {
    name: "an error in clientConnectedFn is logged, and the client stays",
    server(io, log) {
      guard(io, log, {
        clientConnectedFn: ({ socket, restored }) => {
          socket.on("echo", (text, answer) => answer(text));
          if (!restored) throw new Error("mine");
        },
      });
    },
    async client(t) {
      const alice = await t.connect("alice", RIGHT);
      await alice.emit("authenticate");
      const failed = "clientConnectedFn failed | error: Error: mine";
      t.expect.deepEqual(await t.serverLogged("error"), [failed]);
      t.expect.equal(await alice.ask("echo", "hi"), "hi");
    },
  },
  {
    name: "authenticateFn that was lost in a sleep is called again",
    server(io, log) {
      let open = (): void => {};
      const opened = new Promise<void>((resolve) => {
        open = resolve;
      });
      const helper = guard(io, log, {
        authenticateFn: async ({ auth }) => {
          await opened;
          return auth.token === "right";
        },
      });
      offer(io, { open, count: () => helper.getClients().size });
    },
    async client(t) {
      const [alice, eve] = [await t.connect("alice", RIGHT), await t.connect("eve", WRONG)];
      await alice.deliver("authenticate");
      await eve.deliver("authenticate");
      t.expect.equal(await t.control("count"), 2);
      await t.control("open");
      await alice.received("authenticated");
      t.expect.equal(await eve.disconnected(), "io server disconnect");
      t.expect.deepEqual(eve.events, ["connect", "unauthenticated", "disconnect"]);
      t.expect.deepEqual(alice.events, ["connect", "ping", "authenticated"]);
    },
  },
  {
    name: "what the application makes of socket.data is no matter to who is let in",
    server(io, log) {
      guard(io, log, {
        clientConnectedFn: ({ socket, restored }) => {
          if (!restored) socket.data = { user: "Alice" };
          socket.on("whoami", (answer) => answer(socket.data));
        },
      });
    },
    async client(t) {
      const alice = await t.connect("alice", RIGHT);
      await alice.emit("authenticate");
      await alice.received("authenticated");
      for (let sleep = 0; sleep < 2; sleep++) {
        t.expect.deepEqual(await alice.ask("whoami"), { user: "Alice" });
      }
    },
  },
  {
    name: "deadlines and pings of clients that came before a sleep are not put off by those who come later",
    server(io, log) {
      guard(io, log, { authenticateTimeout: 2_000, pingInterval: 3_000 });
    },
    async client(t) {
      const alice = await t.connect("alice", RIGHT);
      await alice.emit("authenticate");
      await alice.received("authenticated");
      const silent = await t.connect("silent");
      const isDone = () =>
        silent.events.includes("disconnect") &&
        alice.events.filter((event) => event === "ping").length > 1;
      // Somebody comes every now and then, and each time the object has slept.
      const end = Date.now() + PATIENCE;
      for (let number = 0; !isDone() && Date.now() < end; number++) {
        const late = await t.connect(`late ${number}`, RIGHT);
        await late.emit("authenticate");
        await late.received("authenticated");
        await late.disconnect();
      }
      t.expect.ok(isDone(), `${silent.events}; ${alice.events}`);
      t.expect.deepEqual(silent.events, ["connect", "disconnect"]);
    },
  },
]);
