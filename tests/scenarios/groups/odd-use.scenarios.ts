/**
 * What programs do that no page describes: odd arguments, calls at odd moments. What `socket.io` makes of it is what
 * there is to know.
 *
 * Normalised: ids (names of the clients); of errors only the class where the message is the engine's own.
 */
import { type Log, scenarios } from "../scenario.ts";

/** What an action gives, or which error it throws. Where there are several servers, joining may take its time. */
function outcome(action: () => unknown): string {
  try {
    const result = action();
    return result === undefined || result instanceof Promise ? "nothing" : typeof result;
  } catch (error) {
    return (error as Error).constructor.name;
  }
}

/** For arguments that the types refuse. */
type Loose = Record<string, (...args: unknown[]) => unknown>;

/** What middlewares give to `next`, by name. */
const REFUSALS: Record<string, () => unknown> = {
  data: () => Object.assign(new Error("m"), { data: { a: 1, b: [2] } }),
  text: () => "text",
  object: () => ({ message: "an object's", data: 4 }),
  number: () => 5,
  true: () => true,
  zero: () => 0,
  null: () => null,
  empty: () => "",
  "no message": () => new Error(),
  "data 0": () => Object.assign(new Error("f"), { data: 0 }),
  "data null": () => Object.assign(new Error("f"), { data: null }),
  date: () => Object.assign(new Error("f"), { data: new Date(0) }),
};

/** Values that JSON has not, or has otherwise, by name. */
const VALUES: Record<string, () => unknown> = {
  symbol: () => Symbol("x"),
  undefined: () => undefined,
  date: () => new Date(0),
  map: () => new Map([[1, 2]]),
  set: () => new Set([1]),
  pattern: () => /x/g,
  error: () => new Error("e"),
  NaN: () => Number.NaN,
  bytes: () => new Uint8Array([1]),
  floats: () => new Float64Array([1]),
  view: () => new DataView(new ArrayBuffer(3), 1, 1),
  buffer: () => new ArrayBuffer(2),
  nested: () => ({ a: [{ b: new Uint8Array([9]) }], c: null }),
  toJSON: () => ({ toJSON: () => ({ z: 1 }) }),
  "bytes of toJSON": () => ({ toJSON: () => ({ z: new Uint8Array([1]) }) }),
  boxed: () => [Object("s"), Object(1), Object(false)],
  "without prototype": () => Object.assign(Object.create(null), { q: 1, b: new Uint8Array([3]) }),
  sparse: () => Object.assign([], { 1: 2 }),
};

/** Values that cannot be encoded. */
function unencodable(): Record<string, unknown> {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const withBytes: Record<string, unknown> = { bytes: new Uint8Array([1]) };
  withBytes.self = withBytes;
  const fail = () => {
    throw new RangeError("no");
  };
  return {
    bigint: 1n,
    circle,
    "circle with bytes": withBytes,
    getter: Object.defineProperty({}, "a", { enumerable: true, get: fail }),
    toJSON: { toJSON: fail },
  };
}

/** Payloads of a CONNECT. */
const CONNECTS = [
  ...["40{}", "40[1]", "40null", '40"x"', "401", "40true", '40/x,{"a":1}', "40/x?q=1,", "40/x"],
  ...['40{"a":1}more', '40 {"a":1}', "400{}", '40/,{"a":1}', "40{bad"],
];

export const ODD_USE = scenarios([
  {
    name: "odd use: emitting in disconnecting and in disconnect",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.join("room");
        socket.on("disconnecting", () => {
          log("disconnecting", socket.connected, socket.rooms.size, socket.emit("bye", 1));
          socket.to("room").emit("is leaving", socket.id);
          io.to(socket.id).emit("by id");
          io.emit("all");
        });
        socket.on("disconnect", () => {
          log("disconnect", socket.connected, socket.rooms.size, socket.emit("late"));
          socket.to("room").emit("has left");
          io.emit("end");
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const bob = await t.connect("bob");
      await alice.disconnect();
      await bob.received("end");
      t.expect.deepEqual(bob.events, ["connect", "is leaving", "all", "has left", "end"]);
      t.expect.deepEqual((await t.serverLog())[1], ["disconnect", false, 0, true]);
    },
  },
  {
    name: "odd use: joining and leaving in disconnecting",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.join("room");
        socket.on("disconnecting", () => {
          socket.join("new");
          socket.leave("room");
          log("rooms", socket.rooms.has("new"), socket.rooms.has("room"));
        });
        socket.on("disconnect", async () => {
          socket.join("later");
          log("after", socket.rooms.size, io.sockets.adapter.rooms.size);
          log("left", (await io.fetchSockets()).length);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.disconnect();
      t.expect.deepEqual(await t.serverLogged("left"), [0]);
      t.expect.deepEqual((await t.serverLog()).slice(0, 2), [
        ["rooms", true, false],
        ["after", 0, 0],
      ]);
    },
  },
  {
    name: "odd use: whatever a middleware gives to next",
    server(io, log) {
      io.use((socket, next) => {
        const { name } = socket.handshake.auth;
        next(REFUSALS[name]?.() as Error);
      });
      io.on("connection", (socket) => log("connection", socket.handshake.auth.name));
    },
    async client(t) {
      for (const name of Object.keys(REFUSALS)) {
        const client = await t.raw(name);
        await client.send(`40${JSON.stringify({ name })}`);
        await client.count(2);
      }
      // Of several servers, the logs come one after the other.
      const accepted = (await t.serverLog()).map(([, name]) => name).sort();
      t.expect.deepEqual(accepted, ["empty", "null", "zero"]);
    },
  },
  {
    name: "odd use: rooms whose names are no text",
    server(io, log) {
      io.on("connection", (socket) => {
        const { join, leave, leaveAll } = socket as unknown as Loose;
        const names = [0, -1.5, Number.NaN, undefined, null, true, { a: 1 }, 10n, () => 1];
        socket.on("go", (answer) => {
          names.forEach((name, number) => {
            const joined = outcome(() => join?.call(socket, name));
            // Others are known by their texts here, as docs/api.md says.
            const has = typeof name !== "number" || socket.rooms.has(`${name}`);
            const isIn = typeof name !== "number" || (socket.rooms as Set<unknown>).has(name);
            io.to(name as unknown as string).emit("room", number);
            const left = outcome(() => leave?.call(socket, name));
            log(String(number), joined, has, isIn, left, socket.rooms.size);
          });
          socket.leave("never joined");
          socket.join([]);
          socket.join(names as unknown as string[]);
          const { size } = socket.rooms;
          leaveAll?.call(socket);
          log("all", size, socket.rooms.size);
          answer();
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.ask("go");
      t.expect.equal(alice.events.filter((event) => event === "room").length, 9);
    },
  },
  {
    name: "odd use: sockets are asked for by what is no id, as of somebody who is not there",
    server(io, log) {
      const { sockets, adapter } = io.of("/");
      io.on("connection", (socket) => {
        const { earlier } = socket.data;
        io.in(earlier).disconnectSockets();
        log("earlier", sockets.get(earlier) === undefined);
        socket.on("go", (answer) => {
          for (const none of [undefined, null, 5, { a: 1 }, ""]) {
            const id = none as unknown as string;
            const has = [sockets.has(id), adapter.sids.has(id), socket.rooms.has(id)];
            const found = [sockets.get(id), adapter.sids.get(id), adapter.socketRooms(id)];
            log(String(none), ...has, ...found.map((value) => typeof value));
            log(
              "and more",
              outcome(() => io.in(id).disconnectSockets()),
              outcome(() => adapter.addAll(id, new Set())),
              outcome(() => adapter.del(id, "room")),
              outcome(() => adapter.delAll(id)),
            );
          }
          answer(sockets.size);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      t.expect.equal(await alice.ask("go"), 1);
      t.expect.equal(await alice.ask("go"), 1);
      const [name, ...seen] = (await t.serverLog())[1] ?? [];
      t.expect.deepEqual([name, new Set(seen)], ["undefined", new Set([false, "undefined"])]);
    },
  },
  {
    name: "odd use: values that JSON has otherwise",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("go", (answer) => {
          for (const [name, make] of Object.entries(VALUES)) socket.emit("value", name, make());
          for (const [name, make] of Object.entries(VALUES)) io.emit("value", name, make(), 1);
          answer(...Object.values(VALUES).map((make) => make()));
        });
      });
    },
    async client(t) {
      const alice = await t.raw("alice");
      await alice.connect();
      await alice.send('420["go"]');
      await alice.frame((frame) => /^4[36]/.test(frame));
      // Its attachments come behind it.
      await alice.fence();
      t.expect.ok(alice.frames.includes('42["value","map",{}]'));
    },
  },
  {
    name: "odd use: what cannot be encoded throws where it is emitted, and nothing is sent",
    server(io, log) {
      const tell = (how: string, emit: (value: unknown) => unknown) => {
        for (const [name, value] of Object.entries(unencodable())) {
          log(how, name, outcome(() => emit(value)) === "boolean");
        }
      };
      io.on("connection", (socket) => {
        socket.on("go", (answer) => {
          tell("emit", (value) => socket.emit("value", value));
          tell("broadcast", (value) => io.emit("value", value));
          tell("room", (value) => io.to(socket.id).emit("value", value));
          log(
            "answer",
            outcome(() => answer(1n)),
          );
          answer("once more");
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      t.expect.equal(await alice.ask("go"), "once more");
      t.expect.deepEqual(alice.events, ["connect"]);
      const sent = (await t.serverLog()).filter(([, , isSent]) => isSent === true);
      t.expect.deepEqual(sent, []);
    },
  },
  {
    name: "odd use: asking nobody",
    awake: "acknowledgements are under way",
    server(io, log) {
      io.on("connection", async (socket) => {
        log("room", await io.to("nobody").timeout(1000).emitWithAck("q"));
        log("namespace", await io.of("/other").timeout(1000).emitWithAck("q"));
        log("others", await socket.broadcast.timeout(1000).emitWithAck("q"));
        log("but me", await io.except(socket.id).timeout(1000).emitWithAck("q"));
        log("end", (socket as unknown as { acks: Map<number, unknown> }).acks.size);
      });
    },
    async client(t) {
      await t.connect("alice");
      t.expect.deepEqual(await t.serverLogged("end"), [0]);
      const answers = (await t.serverLog()).slice(0, -1).map(([, answer]) => answer);
      t.expect.deepEqual(answers, [[], [], [], []]);
    },
  },
  {
    name: "odd use: timeouts that are no time",
    awake: "acknowledgements are under way",
    server(io, log) {
      io.on("connection", async (socket) => {
        const waitFor = (timeout: unknown) =>
          new Promise<void>((resolve) => {
            socket.timeout(timeout as number).emit("q", (error: unknown) => {
              log("timeout", String(timeout), error);
              resolve();
            });
          });
        for (const timeout of [0, -5, null, Number.NaN, "10"]) await waitFor(timeout);
        log("end", (socket as unknown as { acks: Map<number, unknown> }).acks.size);
      });
    },
    async client(t) {
      await t.connect("alice");
      t.expect.deepEqual(await t.serverLogged("end"), [0]);
      t.expect.equal((await t.serverLog()).length, 6);
    },
  },
  {
    name: "odd use: to nobody, to itself but not itself, to a list of none",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("go", () => {
          io.except(socket.id).emit("io.except(me)");
          socket.except(socket.id).emit("me.except(me)");
          socket.to(socket.id).emit("me.to(me)");
          io.to(socket.id).except(socket.id).emit("io.to(me).except(me)");
          socket.broadcast.to(socket.id).emit("broadcast.to(me)");
          io.to([]).emit("io.to([])");
          socket.to([]).emit("me.to([])");
          io.except([]).emit("io.except([])");
          io.to("").emit('io.to("")');
          io.to(new Set(["x"]) as unknown as string).emit("io.to(Set)");
          io.emit("end");
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const bob = await t.connect("bob");
      await alice.emit("go");
      await alice.received("end");
      await bob.received("end");
      const both = ["connect", "io.to([])", "io.except([])", "end"];
      t.expect.deepEqual(alice.events, both);
      t.expect.deepEqual(
        bob.events.filter((event) => both.includes(event)),
        both,
      );
    },
  },
  {
    name: "odd use: what may stand in a CONNECT",
    server(io, log) {
      for (const name of ["/", "/x"]) {
        io.of(name).on("connection", (socket) => log(name, socket.handshake.auth));
      }
    },
    async client(t) {
      for (const [number, frame] of CONNECTS.entries()) {
        const client = await t.raw(`client ${number}`);
        await client.send(frame);
        await client.countOrClosed(2);
      }
      t.expect.deepEqual((await t.serverLog())[0], ["/", {}]);
    },
  },
  {
    name: "odd use: a listener of the adapter that undoes what it hears of",
    awake: "the adapter's listeners are the program's own",
    server(io, log) {
      const { adapter } = io.of("/");
      const heard = ["create-room", "join-room", "leave-room", "delete-room"];
      for (const event of heard) adapter.on(event, (room: string) => log(event, room));
      adapter.on("join-room", (room: string, id: string) => {
        if (room === "trap") io.of("/").sockets.get(id)?.leave(room);
      });
      io.on("connection", (socket) => {
        socket.on("go", (answer) => {
          socket.join(["one", "trap", "two"]);
          answer(socket.rooms.size);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      t.expect.equal(await alice.ask("go"), 3);
    },
  },
  {
    name: "odd use: removing all listeners, of one event, and of all",
    server(io, log) {
      io.on("connection", (socket) => {
        for (const event of ["one", "two", "disconnect"]) socket.on(event, () => log(event));
        socket.onAny((event) => log("any", event));
        socket.use(([event], next) => {
          log("use", event);
          next();
        });
        socket.on("remove", (event) => {
          if (event) socket.removeAllListeners(event);
          else socket.removeAllListeners();
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      for (const event of ["remove", "one", "two"]) await alice.deliver(event, "one");
      await alice.deliver("remove");
      await alice.deliver("two");
      const heard = (await t.serverLog()).filter(([name]) => name === "one" || name === "two");
      t.expect.deepEqual(heard, [["two"]]);
    },
  },
  {
    name: "odd use: socket.data that is no object",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("set", (data, answer) => {
          socket.data = data;
          answer();
        });
        socket.on("get", (answer) => {
          log("data", socket.data);
          answer();
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      for (const data of [{ a: 1 }, null, 5, "text", [1], { b: 2 }]) {
        await alice.ask("set", data);
        await alice.ask("get");
      }
      const data = (await t.serverLog()).map(([, value]) => value);
      t.expect.deepEqual(data, [{ a: 1 }, null, 5, "text", [1], { b: 2 }]);
    },
  },
  {
    name: "odd use: disconnecting everybody from within a disconnect",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("disconnecting", (reason) => log("disconnecting", reason));
        socket.on("disconnect", (reason) => {
          io.disconnectSockets();
          log("disconnect", reason, io.sockets.sockets.size);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const bob = await t.connect("bob");
      await alice.disconnect();
      t.expect.equal(await bob.disconnected(), "io server disconnect");
      await t.serverLogged("disconnect", 2);
    },
  },
  ...["socket", "all"].map((whose) => ({
    name: `odd use: ${whose === "all" ? "io" : "socket"}.disconnect in the middle of what is sent`,
    server(io: import("socket.io").Server, log: Log) {
      io.on("connection", (socket) => {
        socket.on("disconnecting", () => {
          socket.emit("in between");
          io.emit("to all in between");
        });
        socket.on("go", () => {
          socket.emit("before");
          if (whose === "all") io.disconnectSockets();
          else socket.disconnect();
          socket.emit("after");
          log("gone", socket.connected, socket.rooms.size);
        });
      });
    },
    async client(t: import("../harness/context.ts").ClientContext) {
      const alice = await t.raw("alice");
      await alice.connect();
      await alice.send('42["go"]');
      t.expect.deepEqual(await t.serverLogged("gone"), [false, 0]);
      await alice.fence();
    },
  })),
]);
