/** The way in: who is let in, who is not, and what is heard before. */
import { guard, offer, RIGHT, rules, type Told, WRONG } from "../rule.ts";

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export const AUTHENTICATION = rules([
  {
    name: "who is let in gets a ping, joins the default rooms and is told its id",
    server(io, log) {
      guard(io, log, {
        clientConnectedFn: ({ socket, restored }) => {
          if (!restored) log("connected", socket.rooms.has("io-default"), [...socket.rooms].length);
          socket.on("rooms", (answer) => answer([...socket.rooms].slice(1)));
        },
      });
    },
    async client(t) {
      const alice = await t.connect("alice", RIGHT);
      await alice.emit("authenticate");
      const [told] = (await alice.received("authenticated")) as [Told];
      t.expect.deepEqual(Object.keys(told), ["id", "time"]);
      t.expect.equal(told.id, alice.socket.id);
      t.expect.match(told.time, ISO);
      const [ping] = (await alice.received("ping")) as [Told];
      t.expect.deepEqual(Object.keys(ping), ["time"]);
      t.expect.match(ping.time, ISO);
      t.expect.deepEqual(await alice.ask("rooms"), ["io-default", "io-notification"]);
      t.expect.deepEqual(alice.events, ["connect", "ping", "authenticated"]);
      t.expect.deepEqual(await t.serverLog(), [["connected", true, 3]]);
    },
  },
  {
    name: "who is refused is told so, and disconnected",
    server(io, log) {
      guard(io, log, { clientConnectedFn: () => log("connected") });
    },
    async client(t) {
      const eve = await t.connect("eve", WRONG);
      await eve.emit("authenticate");
      t.expect.equal(await eve.disconnected(), "io server disconnect");
      const [told] = (await eve.received("unauthenticated")) as [Told];
      t.expect.deepEqual(Object.keys(told), ["message", "time"]);
      t.expect.equal(told.message, "Invalid token to authenticate! Please login again!");
      t.expect.match(told.time, ISO);
      t.expect.deepEqual(eve.events, ["connect", "unauthenticated", "disconnect"]);
      t.expect.deepEqual(await t.serverLog(), []);
    },
  },
  {
    name: "an error in authenticateFn is a refusal with the other message, and is logged",
    server(io, log) {
      guard(io, log, {
        authenticateFn: ({ auth }) => {
          if (auth.how === "throws") throw new Error("no database");
          return Promise.reject(new Error("no network"));
        },
      });
    },
    async client(t) {
      for (const [index, how] of ["throws", "rejects"].entries()) {
        const client = await t.connect(how, { auth: { how } });
        await client.emit("authenticate");
        t.expect.equal(await client.disconnected(), "io server disconnect");
        const [told] = (await client.received("unauthenticated")) as [Told];
        t.expect.equal(told.message, "Failed to authenticate connection! Please login again!");
        const [logged] = await t.serverLogged("error", index + 1);
        const reason = how === "throws" ? "no database" : "no network";
        t.expect.equal(logged, `Failed to authenticate | id: <${how}> | error: Error: ${reason}`);
      }
    },
  },
  {
    name: "authenticateFn gets the handshake, and may leave what it finds in socket.data",
    server(io, log) {
      guard(io, log, {
        authenticateFn: async ({ auth, headers, query }, { socket }) => {
          await Promise.resolve();
          socket.data.user = auth.user;
          return headers["x-secret"] === "secret" && query.from === "test";
        },
        clientConnectedFn: ({ socket }) => {
          socket.on("whoami", (answer) => answer(socket.data.user));
        },
      });
    },
    async client(t) {
      const alice = await t.connect("alice", {
        auth: { user: "Alice" },
        query: { from: "test" },
        extraHeaders: { "x-secret": "secret" },
      });
      await alice.emit("authenticate");
      await alice.received("authenticated");
      t.expect.equal(await alice.ask("whoami"), "Alice");
    },
  },
  {
    name: "authenticate in another state than unauthorized is ignored, with a line in the log",
    server(io, log) {
      let open = (): void => {};
      const opened = new Promise<void>((resolve) => {
        open = resolve;
      });
      const helper = guard(io, log, { authenticateFn: () => opened.then(() => true) });
      offer(io, { open, state: (id: string) => helper.getClients({ id })?.state });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const { id } = alice.socket;
      t.expect.equal(await t.control("state", id), "unauthorized");
      await alice.deliver("authenticate");
      t.expect.equal(await t.control("state", id), "authenticating");
      await alice.deliver("authenticate");
      const invalid = "Client attempted auth in invalid state | id: <alice> | state:";
      t.expect.deepEqual(await t.serverLogged("warn"), [`${invalid} authenticating`]);
      await t.control("open");
      await alice.received("authenticated");
      t.expect.equal(await t.control("state", id), "authenticated");
      await alice.emit("authenticate");
      t.expect.deepEqual(await t.serverLogged("warn", 2), [`${invalid} authenticated`]);
      t.expect.deepEqual(alice.events, ["connect", "ping", "authenticated"]);
    },
  },
  {
    name: "nothing but authentication is heard before it",
    server(io, log) {
      guard(io, log, { validateRoomFn: ({ rooms }) => rooms });
      io.on("connection", (socket) => {
        socket.on("say", (text) => log("heard", text));
        socket.on("rooms", (answer) => answer([...socket.rooms].slice(1)));
      });
    },
    async client(t) {
      const alice = await t.connect("alice", RIGHT);
      await alice.deliver("say", "too early");
      await alice.deliver("join", { rooms: ["music"] });
      await alice.deliver("leave", { rooms: ["io-unauthorized"] });
      await t.serverLogged("warn", 3);
      const heard = "Not heard before authentication | id: <alice> | event:";
      t.expect.deepEqual(await t.serverLog(), [
        ["warn", `${heard} say`],
        ["warn", `${heard} join`],
        ["warn", `${heard} leave`],
      ]);
      await alice.emit("authenticate");
      await alice.received("authenticated");
      t.expect.deepEqual(await alice.ask("rooms"), ["io-default", "io-notification"]);
      await alice.emit("say", "now");
      t.expect.deepEqual(await t.serverLogged("heard"), ["now"]);
    },
  },
  {
    name: "who is not authenticated in time is disconnected, asleep as well; who is, is not",
    server(io, log) {
      guard(io, log, {
        authenticateTimeout: 2000,
        authenticateFn: ({ auth }) => (auth.slow ? new Promise(() => {}) : true),
        clientConnectedFn: ({ socket }) => {
          socket.on("echo", (text, answer) => answer(text));
        },
      });
    },
    async client(t) {
      const ada = await t.connect("ada");
      await ada.emit("authenticate");
      const silent = await t.connect("silent");
      const slow = await t.connect("slow", { auth: { slow: true } });
      await slow.emit("authenticate");
      t.expect.equal(await silent.disconnected(), "io server disconnect");
      t.expect.equal(await slow.disconnected(), "io server disconnect");
      t.expect.equal(await ada.ask("echo", "still here"), "still here");
      t.expect.deepEqual(silent.events, ["connect", "disconnect"]);
      t.expect.deepEqual(slow.events, ["connect", "disconnect"]);
    },
  },
  {
    name: "a client that has gone while authenticateFn ran is not let in",
    awake: "the function is to end after the client",
    server(io, log) {
      let open = (): void => {};
      const opened = new Promise<void>((resolve) => {
        open = resolve;
      });
      guard(io, log, {
        authenticateFn: () => opened.then(() => true),
        clientConnectedFn: () => log("connected"),
        logger: {
          info: (text) => text.includes("during authentication") && log("info", text),
          warn: () => {},
          error: (text) => log("error", text),
          debug: () => {},
        },
      });
      offer(io, { open });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.deliver("authenticate");
      await alice.disconnect();
      await t.control("open");
      await t.serverLogged("info");
      const gone = "Client disconnected during authentication | id: <alice>";
      t.expect.deepEqual(await t.serverLog(), [["info", gone]]);
    },
  },
  {
    name: "authenticate of any shape is authenticate",
    server(io, log) {
      guard(io, log);
    },
    async client(t) {
      const shapes = ["null", "[]", '{"token":"right"}', "7", '"x"', "null,null,[[]]"];
      for (const [index, shape] of shapes.entries()) {
        const name = `client-${index}`;
        const raw = await t.raw(name);
        await raw.send('40{"token":"right"}');
        await raw.send(`42["authenticate",${shape}]`);
        await t.settle(raw);
        t.expect.ok(raw.frames.some((frame) => String(frame).startsWith('42["authenticated"')));
        raw.terminate();
      }
    },
  },
]);
