/** What servers call. */
import type { StockClient } from "../../../scenarios/harness/stock-client.ts";
import { guard, offer, RIGHT, rules, type Told, WRONG } from "../rule.ts";

/** What the function throws. */
function messageOf(fn: () => unknown): string {
  try {
    fn();
    return "nothing";
  } catch (error) {
    return (error as Error).message;
  }
}

/** The times of the pings that a client has heard. */
function timesOf({ log }: Pick<StockClient, "log">): unknown[] {
  return log.filter(([event]) => event === "ping").map(([, told]) => (told as Told).time);
}

export const METHODS = rules([
  {
    name: "send reaches a client, a room, several, or all; cb is called, falsy data is data",
    server(io, log) {
      const helper = guard(io, log, { validateRoomFn: ({ rooms }) => rooms });
      const sent = (topic: string, data: unknown, destination?: string | string[] | null) =>
        new Promise<string>((resolve) => {
          const cb = () => resolve("called");
          helper.send({ destination, payload: { topic, data }, doLog: true, cb });
        });
      offer(io, { sent });
    },
    async client(t) {
      const [alice, bob] = [await t.connect("alice", RIGHT), await t.connect("bob", RIGHT)];
      for (const client of [alice, bob]) {
        await client.emit("authenticate");
        await client.received("authenticated");
      }
      await alice.emit("join", { rooms: ["music"] });
      t.expect.equal(await t.control("sent", "one", 0, bob.socket.id), "called");
      await t.control("sent", "room", false, "music");
      await t.control("sent", "both", null, ["music", bob.socket.id]);
      await t.control("sent", "all", { text: "hi" });
      await t.control("sent", "all", "", "");
      await t.control("sent", "all", "null", null);
      await t.control("sent", "all", "none", []);
      t.expect.deepEqual(await alice.received("all", 2), [""]);
      t.expect.deepEqual(await bob.received("all", 2), [""]);
      t.expect.deepEqual(await bob.received("all", 3), ["null"]);
      t.expect.deepEqual(await alice.received("all", 3), ["null"]);
      t.expect.deepEqual(await bob.received("all", 4), ["none"]);
      t.expect.deepEqual(await alice.received("all", 4), ["none"]);
      t.expect.deepEqual(await alice.received("room"), [false]);
      t.expect.deepEqual(await bob.received("one"), [0]);
      t.expect.deepEqual(await alice.received("all"), [{ text: "hi" }]);
      t.expect.deepEqual(alice.events.slice(3), ["room", "both", "all", "all", "all", "all"]);
      t.expect.deepEqual(bob.events.slice(3), ["one", "both", "all", "all", "all", "all"]);
    },
  },
  {
    name: "send without topic or data, or to what is no room, sends nothing, with a line in the log; a cb that throws is logged",
    server(io, log) {
      const helper = guard(io, log);
      const nothing = () => {
        helper.send({} as never);
        for (const topic of ["", { name: "x" }, ["x"], true] as never[]) {
          helper.send({ payload: { topic, data: 1 } });
        }
        helper.send({ payload: { topic: "x", data: undefined } });
        for (const destination of [{ room: "music" }, 7, ["music", {}]]) {
          helper.send({ destination: destination as never, payload: { topic: "x", data: 1 } });
        }
        helper.send({
          payload: { topic: "end", data: 1 },
          cb: () => {
            throw new Error("mine");
          },
        });
      };
      offer(io, { nothing });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await t.control("nothing");
      await alice.received("end");
      await t.serverLogged("warn", 9);
      t.expect.deepEqual(await t.serverLogged("error"), ["cb failed | error: Error: mine"]);
      t.expect.deepEqual(alice.events, ["connect", "end"]);
    },
  },
  {
    name: "getClients gives all clients, or one, with their states; getIOServer the server",
    server(io, log) {
      const helper = guard(io, log);
      offer(io, {
        all: () => [...helper.getClients()].map(([id, { state }]) => [id, state]).sort(),
        one: (id: string) => {
          const client = helper.getClients({ id });
          return client && [client.id, client.state, client.socket.id];
        },
        same: () => helper.getIOServer() === io && helper.identifier,
      });
    },
    async client(t) {
      const [alice, bob] = [await t.connect("alice", RIGHT), await t.connect("bob", RIGHT)];
      await alice.emit("authenticate");
      await alice.received("authenticated");
      const [a, b] = [alice.socket.id ?? "", bob.socket.id ?? ""];
      const all = [
        [a, "authenticated"],
        [b, "unauthorized"],
      ];
      t.expect.deepEqual(await t.control("all"), all.sort());
      t.expect.deepEqual(await t.control("one", a), [a, "authenticated", a]);
      t.expect.equal(await t.control("one", "nobody"), undefined);
      t.expect.equal(await t.control("same"), "rule");
    },
  },
  {
    name: "on listens to the server's events; mistakes are told with their messages",
    server(io, log) {
      const helper = guard(io, log);
      helper.on({ topic: "connection", handler: (socket) => log("connection", socket.id) });
      offer(io, {
        mistakes: () => [
          messageOf(() => helper.on({ topic: "", handler: () => {} })),
          messageOf(() => helper.on({ topic: "news", handler: undefined as never })),
        ],
      });
    },
    async client(t) {
      await t.connect("alice");
      t.expect.deepEqual(await t.serverLogged("connection"), ["<alice>"]);
      t.expect.deepEqual(await t.control("mistakes"), [
        "[on] Invalid topic to start binding handler",
        "[on] Invalid event handler | topic: news",
      ]);
    },
  },
  {
    name: "disconnect and ping are for one client; ping ends one that is not authenticated",
    server(io, log) {
      const helper = guard(io, log);
      const socketOf = (id: string) => helper.getClients({ id })?.socket as never;
      offer(io, {
        ping: (id: string, doIgnoreAuth?: boolean) => {
          helper.ping({ socket: socketOf(id), ...(doIgnoreAuth && { doIgnoreAuth }) });
        },
        end: (id: string) => helper.disconnect({ socket: socketOf(id) }),
        nobody: () => {
          helper.ping({ socket: undefined as never });
          helper.disconnect({ socket: undefined as never });
        },
      });
    },
    async client(t) {
      const [alice, bob] = [await t.connect("alice", RIGHT), await t.connect("bob", WRONG)];
      await alice.emit("authenticate");
      await alice.received("authenticated");
      await t.control("nobody");
      await t.control("ping", alice.socket.id);
      await alice.received("ping", 2);
      await t.control("ping", bob.socket.id, true);
      await bob.received("ping");
      await t.control("ping", bob.socket.id);
      t.expect.equal(await bob.disconnected(), "io server disconnect");
      await t.control("end", alice.socket.id);
      t.expect.equal(await alice.disconnected(), "io server disconnect");
      t.expect.deepEqual(bob.events, ["connect", "ping", "disconnect"]);
    },
  },
  {
    name: "shutdown disconnects everybody, whether authenticated or not",
    awake: "a server that is closed is not asked again",
    server(io, log) {
      const helper = guard(io, log, { authenticateTimeout: 10_000, pingInterval: 10_000 });
      offer(io, { shutdown: () => void helper.shutdown() });
    },
    async client(t) {
      const [alice, bob] = [await t.connect("alice", RIGHT), await t.connect("bob")];
      await alice.emit("authenticate");
      await alice.received("authenticated");
      await t.control("shutdown").catch(() => {});
      t.expect.equal(await alice.disconnected(), "io server disconnect");
      t.expect.equal(await bob.disconnected(), "io server disconnect");
    },
  },
  {
    name: "pings of the application's reach all that are authenticated, at once, and nobody else",
    awake: "a timer waits for it",
    server(io, log) {
      guard(io, log, { pingInterval: 100 });
    },
    async client(t) {
      const clients = [await t.connect("alice", RIGHT), await t.connect("bob", RIGHT)];
      const eve = await t.connect("eve", WRONG);
      for (const client of clients) {
        await client.emit("authenticate");
        await client.received("authenticated");
      }
      for (const client of clients) await client.received("ping", 4);
      const [alice, bob] = clients as [StockClient, StockClient];
      const ofBob = timesOf(bob);
      // What was sent with these is read when a fence is.
      await t.settle(alice);
      const ofAlice = timesOf(alice);
      // The first is for each alone; of the others Bob may have missed some, and may have heard one more.
      const shared = ofBob.slice(1).filter((time) => ofAlice.includes(time));
      t.expect.ok(shared.length >= ofBob.length - 2, `${ofAlice} and ${ofBob}`);
      t.expect.deepEqual(eve.events, ["connect"]);
    },
  },
]);
