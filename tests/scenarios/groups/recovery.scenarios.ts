/**
 * Connection state recovery.
 *
 * Normalised: ids and private ids (names of the clients); offsets at the end of events
 * (`<offset>`; for this the scenarios send no strings at the end of an event).
 *
 * Left out on purpose, where Dormouse does better than upstream: recovery without any received
 * packet, a second recovery, recovery long after the last packet.
 */
import type { Server } from "socket.io";
import { controls } from "../controls.ts";
import type { StockClient } from "../harness/stock-client.ts";
import { delay, type Log, scenarios } from "../scenario.ts";

const options = { connectionStateRecovery: {} };

/** What a stock client gives back. */
interface Known {
  _pid: string;
  _lastOffset: string;
}

/** Sockets that join the rooms of their auth payload; controls to send while one is away. */
function setup(io: Server, log: Log): void {
  io.on("connection", (socket) => {
    log("connection", socket.id, socket.recovered, socket.data);
    if (!socket.recovered) {
      socket.join(socket.handshake.auth.rooms ?? []);
      socket.data.name = socket.handshake.auth.name;
    }
    log("rooms", socket.rooms);
    socket.emit("welcome", 0);
    socket.on("disconnect", (reason) => log("disconnect", reason));
    socket.on("end me", () => socket.disconnect());
  });
  controls(io, {
    all: (...args) => io.emit("all", ...args),
    room: (room: string, ...args) => io.to(room).emit("room", ...args),
    except: (room: string, ...args) => io.except(room).emit("except", ...args),
    volatile: (...args) => io.volatile.emit("volatile", ...args),
    acknowledged: (...args) => void io.timeout(10).emit("ask", ...args, () => {}),
  });
}

/** Loses the connection, lets things happen, and connects again. */
async function whileAway(client: StockClient, away: () => Promise<void>): Promise<void> {
  await client.cut();
  await away();
  await client.reconnect();
}

export const RECOVERY = scenarios([
  {
    name: "recovery: CONNECT's answer has a private id, events have an offset",
    options,
    server: setup,
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.count(3);
      await t.control("all", 1);
      await t.control("room", "none", 1);
      await t.control("acknowledged", 2);
      await raw.count(5);
      t.expect.deepEqual(raw.frames.slice(1), [
        '40{"sid":"<raw>","pid":"<raw.pid>"}',
        '42["welcome",0,"<offset>"]',
        '42["all",1,"<offset>"]',
        '420["ask",2]',
      ]);
      const offsets = raw.texts.slice(2, 4).map((text) => JSON.parse(text.slice(2)).at(-1));
      t.expect.ok(new Set(offsets).size === 2 && offsets.every((offset) => offset.length > 0));
    },
  },
  {
    name: "recovery: without the option there is neither, whatever the client sends",
    server(io, log) {
      io.on("connection", (socket) => {
        log("connection", socket.recovered, socket.handshake.auth);
        socket.emit("welcome", 0);
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect("/", { pid: "made up", offset: "made up" });
      await raw.count(3);
      t.expect.deepEqual(raw.frames.slice(1), ['40{"sid":"<raw>"}', '42["welcome",0]']);
      t.expect.deepEqual(await t.serverLogged("connection"), [
        false,
        { pid: "made up", offset: "made up" },
      ]);
    },
  },
  {
    name: "recovery: id, rooms, data and the missed packets come back",
    options,
    server: setup,
    async client(t) {
      const alice = await t.connect("alice", { auth: { name: "Alice", rooms: ["a"] } });
      await alice.received("welcome");
      await t.control("all", 1);
      await alice.received("all");
      await whileAway(alice, async () => {
        await t.serverLogged("disconnect");
        await t.control("all", 2);
        await t.control("room", "a", 3);
        await t.control("all", { four: [4] });
      });
      await alice.received("welcome", 2);
      t.expect.equal(alice.socket.recovered, true);
      t.expect.deepEqual(alice.log, [
        ["connect"],
        ["welcome", 0, "<offset>"],
        ["all", 1, "<offset>"],
        ["disconnect", "transport close"],
        ["all", 2, "<offset>"],
        ["room", 3, "<offset>"],
        ["all", { four: [4] }, "<offset>"],
        ["connect"],
        ["welcome", 0, "<offset>"],
      ]);
      t.expect.deepEqual(await t.serverLog(), [
        ["connection", "<alice>", false, {}],
        ["rooms", { $set: ["<alice>", "a"] }],
        ["disconnect", "transport close"],
        ["connection", "<alice>", true, { name: "Alice" }],
        ["rooms", { $set: ["<alice>", "a"] }],
      ]);
    },
  },
  {
    name: "recovery: Buffers in data are Buffers again",
    options,
    server(io, log) {
      io.on("connection", (socket) => {
        const { data } = socket;
        data.key ??= Buffer.from("hello");
        data.deep ??= { list: [Buffer.from("there")] };
        log("data", `${data.key} ${data.deep.list[0]}`, Buffer.isBuffer(data.deep.list[0]));
        socket.emit("welcome", socket.recovered);
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.received("welcome");
      await whileAway(alice, async () => {});
      await alice.received("welcome", 2);
      t.expect.equal(alice.socket.recovered, true);
      const data = ["data", "hello there", true];
      t.expect.deepEqual(await t.serverLog(), [data, data]);
    },
  },
  {
    name: "recovery: only what was meant for the socket is sent again",
    options,
    server: setup,
    async client(t) {
      const alice = await t.connect("alice", { auth: { rooms: ["a", "b"] } });
      await alice.received("welcome");
      await whileAway(alice, async () => {
        await t.serverLogged("disconnect");
        await t.control("room", "a", 1);
        await t.control("room", "other", 2);
        await t.control("except", "b", 3);
        await t.control("except", "other", 4);
        await t.control("volatile", 5);
        await t.control("acknowledged", 6);
        await t.control("room", "b", 7);
      });
      await alice.received("welcome", 2);
      t.expect.deepEqual(alice.log.slice(3, -2), [
        ["room", 1, "<offset>"],
        ["except", 4, "<offset>"],
        ["room", 7, "<offset>"],
      ]);
    },
  },
  {
    name: "recovery: on the wire the missed packets come before the answer",
    options,
    server: setup,
    async client(t) {
      const first = await t.raw("first");
      await first.connect();
      await first.count(3);
      const [, answer, event] = first.texts;
      const { sid, pid } = JSON.parse((answer as string).slice(2));
      const offset = JSON.parse((event as string).slice(2)).at(-1);
      first.terminate();
      await t.serverLogged("disconnect");
      await t.control("all", 1);
      await t.control("all", 2);
      const second = await t.raw("second");
      await second.connect("/", { pid, offset, other: 1 });
      await second.count(5);
      t.expect.deepEqual(
        second.texts.slice(1, 4).map((text) => text.slice(0, 9)),
        ['42["all",', '42["all",', '40{"sid":'],
      );
      t.expect.deepEqual(JSON.parse(second.texts[3]?.slice(2) ?? ""), { sid, pid });
      t.expect.equal(second.frames[1], '42["all",1,"<offset>"]');
    },
  },
  {
    name: "recovery: what the socket itself was sent is missed, too",
    options,
    server(io, log) {
      setup(io, log);
      controls(io, {
        direct: (id: string, value: number) => {
          io.to(id).emit("to the id", value);
        },
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const id = alice.socket.id;
      await alice.received("welcome");
      await whileAway(alice, async () => {
        await t.serverLogged("disconnect");
        await t.control("direct", id, 1);
      });
      await alice.received("welcome", 2);
      t.expect.deepEqual(alice.log.slice(3, 4), [["to the id", 1, "<offset>"]]);
    },
  },
  {
    name: "recovery: missed binary comes back as binary",
    options,
    server: setup,
    async client(t) {
      const alice = await t.connect("alice");
      await alice.received("welcome");
      await whileAway(alice, async () => {
        await t.serverLogged("disconnect");
        await t.control("all", Buffer.from([1, 2, 3]), { nested: Buffer.from([4]) });
      });
      await alice.received("welcome", 2);
      t.expect.deepEqual(alice.log.slice(3, 4), [
        ["all", { $bytes: "010203" }, { nested: { $bytes: "04" } }, "<offset>"],
      ]);
    },
  },
  {
    name: "recovery: middlewares are skipped",
    options,
    server(io, log) {
      io.use((_socket, next) => {
        log("middleware");
        next();
      });
      setup(io, log);
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.received("welcome");
      await whileAway(alice, async () => {
        await t.serverLogged("disconnect");
      });
      await alice.received("welcome", 2);
      t.expect.equal(alice.socket.recovered, true);
      t.expect.equal((await t.serverLog()).filter(([event]) => event === "middleware").length, 1);
    },
  },
  {
    name: "recovery: middlewares run if skipMiddlewares is false, and may refuse",
    options: { connectionStateRecovery: { skipMiddlewares: false } },
    server(io, log) {
      io.use((socket, next) => {
        log("middleware", socket.recovered, socket.data);
        next(socket.recovered ? new Error("not again") : undefined);
      });
      setup(io, log);
    },
    async client(t) {
      const alice = await t.connect("alice", { auth: { name: "Alice" } });
      await alice.received("welcome");
      await whileAway(alice, async () => {
        await t.serverLogged("disconnect");
      });
      t.expect.deepEqual(alice.events.slice(-1), ["connect_error"]);
      t.expect.deepEqual(await t.serverLogged("middleware", 2), [true, { name: "Alice" }]);
    },
  },
  {
    name: "recovery: an unknown private id or offset gives a fresh session",
    // So many connections take their time on a busy machine: no heartbeat comes in between.
    options: { ...options, pingInterval: 600_000 },
    server: setup,
    async client(t) {
      const alice = await t.connect("alice", { auth: { name: "Alice" } });
      await alice.received("welcome");
      const { _pid: pid, _lastOffset: offset } = alice.socket as unknown as Known;
      await alice.cut();
      await t.serverLogged("disconnect");
      const attempts = [
        { pid: "nobody", offset: "nowhere" },
        { pid, offset: "nowhere" },
        { pid: 1, offset: 2 },
        { pid: null, offset: {} },
        { pid: "__proto__", offset: "__proto__" },
        { pid: pid.slice(0, -1) },
        { pid: `${pid}x` },
        // Of another server, cut, and of what was never sent.
        { pid, offset: "abcdef1" },
        { pid, offset: offset.slice(0, 5) },
        { pid, offset: `${offset}zzz` },
      ];
      for (const [index, auth] of attempts.entries()) {
        const raw = await t.raw(`raw-${index}`);
        await raw.connect("/", auth);
        await raw.count(3);
        t.expect.match(raw.texts[1] ?? "", /^40\{"sid":"[^"]+","pid":"[^"]+"\}$/);
        t.expect.deepEqual(await t.serverLogged("connection", index + 2), [
          `<raw-${index}>`,
          false,
          {},
        ]);
      }
    },
  },
  {
    name: "recovery: an expired session is fresh",
    options: { connectionStateRecovery: { maxDisconnectionDuration: 50 } },
    server: setup,
    async client(t) {
      const alice = await t.connect("alice", { auth: { name: "Alice", rooms: ["a"] } });
      await alice.received("welcome");
      await whileAway(alice, async () => {
        await t.serverLogged("disconnect");
        await t.control("all", 1);
        await delay(120);
      });
      await alice.received("welcome", 2);
      t.expect.equal(alice.socket.recovered, false);
      t.expect.deepEqual(alice.events, ["connect", "welcome", "disconnect", "connect", "welcome"]);
      t.expect.deepEqual(await t.serverLogged("connection", 2), ["<alice#2>", false, {}]);
    },
  },
  {
    name: "recovery: a client that left is not recovered",
    options,
    server: setup,
    async client(t) {
      const alice = await t.connect("alice");
      await alice.received("welcome");
      await alice.disconnect();
      await t.serverLogged("disconnect");
      await t.control("all", 1);
      await alice.reconnect();
      await alice.received("welcome", 2);
      t.expect.equal(alice.socket.recovered, false);
      t.expect.deepEqual(await t.serverLogged("disconnect"), ["client namespace disconnect"]);
    },
  },
  {
    name: "recovery: a client that was disconnected is not recovered",
    options,
    server: setup,
    async client(t) {
      const alice = await t.connect("alice");
      await alice.received("welcome");
      await alice.emit("end me");
      await alice.disconnected();
      await t.serverLogged("disconnect");
      await alice.reconnect();
      await alice.received("welcome", 2);
      t.expect.equal(alice.socket.recovered, false);
      t.expect.deepEqual(await t.serverLogged("disconnect"), ["server namespace disconnect"]);
    },
  },
  {
    name: "recovery: a forced close is recoverable",
    options,
    server: setup,
    async client(t) {
      const alice = await t.connect("alice", { auth: { name: "Alice" } });
      await alice.received("welcome");
      await alice.message("4 this is not a packet");
      await alice.disconnected();
      await alice.reconnect();
      await alice.received("welcome", 2);
      t.expect.equal(alice.socket.recovered, true);
      t.expect.deepEqual(await t.serverLogged("disconnect"), ["forced close"]);
    },
  },
  {
    name: "recovery: each namespace is recovered on its own",
    options,
    server(io, log) {
      for (const name of ["/a", "/b"]) {
        io.of(name).on("connection", (socket) => {
          log("connection", name, socket.id, socket.recovered, socket.rooms.size);
          if (!socket.recovered) socket.join("room");
          socket.emit("welcome", 0);
          socket.on("disconnect", () => log("disconnect", name));
        });
      }
      controls(io, { all: (name: string, value: number) => io.of(name).emit("all", value) });
    },
    async client(t) {
      const a = await t.connect("alice", { namespace: "/a" });
      const b = await a.open("/b");
      await Promise.all([a.received("welcome"), b.received("welcome")]);
      await a.cut();
      await t.serverLogged("disconnect", 2);
      await t.control("all", "/a", 1);
      await t.control("all", "/b", 2);
      await a.reconnect();
      await a.received("welcome", 2);
      // The stock client reopens the second namespace of a connection by itself.
      await b.received("welcome", 2);
      t.expect.deepEqual(a.log.slice(3), [
        ["all", 1, "<offset>"],
        ["connect"],
        ["welcome", 0, "<offset>"],
      ]);
      t.expect.deepEqual(b.log.slice(3), [
        ["all", 2, "<offset>"],
        ["connect"],
        ["welcome", 0, "<offset>"],
      ]);
      t.expect.deepEqual((await t.serverLog()).slice(-2), [
        ["connection", "/a", "<alice>", true, 2],
        ["connection", "/b", "<alice/b>", true, 2],
      ]);
    },
  },
  {
    name: "recovery: other clients still reach a recovered socket by its id and rooms",
    options,
    server: setup,
    async client(t) {
      const alice = await t.connect("alice", { auth: { rooms: ["a"] } });
      await alice.received("welcome");
      await whileAway(alice, async () => {
        await t.serverLogged("disconnect");
      });
      await alice.received("welcome", 2);
      await t.control("room", alice.socket.id, 1);
      await t.control("room", "a", 2);
      await alice.received("room", 2);
      t.expect.deepEqual(alice.log.slice(-2), [
        ["room", 1, "<offset>"],
        ["room", 2, "<offset>"],
      ]);
    },
  },
]);
