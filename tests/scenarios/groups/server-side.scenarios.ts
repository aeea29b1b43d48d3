/**
 * `serverSideEmit` on a single server, and adapters: replaced ones, and sockets of other servers.
 *
 * Normalised: ids (names of the clients). The upstream warning is observed through `console.warn`.
 */
import type { Server } from "socket.io";
import { controls } from "../controls.ts";
import { scenarios } from "../scenario.ts";

/** The message of the error that an action throws. */
function thrown(action: () => unknown): string {
  try {
    action();
    return "nothing";
  } catch (error) {
    return (error as Error).message;
  }
}

/** Runs an action and gives what it warned of. */
function warnings(action: () => unknown): unknown[] {
  const { warn } = console;
  const seen: unknown[] = [];
  console.warn = (...all: unknown[]) => void seen.push(all[0]);
  try {
    action();
  } finally {
    console.warn = warn;
  }
  return seen;
}

type AdapterClass = new (namespace: unknown) => { [method: string]: (...args: never[]) => unknown };

/** The adapter that is in use, as a class to extend. */
function currentAdapter(io: Server): AdapterClass {
  return io.adapter() as unknown as AdapterClass;
}

export const SERVER_SIDE = scenarios([
  {
    name: "serverSideEmit: warns, returns true, and does not come back",
    server(io, log) {
      io.on("hello" as "connection", () => log("came back"));
      controls(io, {
        emit: () => {
          log(
            "warnings",
            warnings(() => log("returned", io.serverSideEmit("hello", 1))),
          );
          log(
            "warnings",
            warnings(() => log("returned", io.of("/a").serverSideEmit("hello"))),
          );
        },
      });
    },
    async client(t) {
      await t.control("emit");
      const warning = "this adapter does not support the serverSideEmit() functionality";
      t.expect.deepEqual(await t.serverLog(), [
        ["returned", true],
        ["warnings", [warning]],
        ["returned", true],
        ["warnings", [warning]],
      ]);
    },
  },
  {
    name: "serverSideEmit: the server's own event names are reserved",
    server(io, log) {
      for (const name of ["connect", "connection", "new_namespace"]) {
        log(
          name,
          thrown(() => io.serverSideEmit(name)),
        );
        log(
          name,
          thrown(() => io.of("/a").serverSideEmit(name)),
        );
      }
    },
    async client(t) {
      await t.connect("alice");
      t.expect.deepEqual(
        await t.serverLog(),
        ["connect", "connection", "new_namespace"].flatMap((name) => {
          const entry = [name, `"${name}" is a reserved event name`];
          return [entry, entry];
        }),
      );
    },
  },
  {
    name: "serverSideEmit: serverSideEmitWithAck of a reserved name rejects",
    server(io, log) {
      io.serverSideEmitWithAck("connect").catch((error) => log("rejected", error));
    },
    async client(t) {
      await t.connect("alice");
      t.expect.deepEqual(await t.serverLogged("rejected"), [
        { $error: '"connect" is a reserved event name' },
      ]);
    },
  },
  {
    name: "serverSideEmit: an adapter gets the packet, and may deliver one",
    server(io, log) {
      class Cluster extends currentAdapter(io) {
        serverSideEmit(packet: unknown[]) {
          log("packet", packet);
          const answer = packet.at(-1);
          if (typeof answer === "function") answer(null, ["one", "two"]);
        }
      }
      io.adapter(Cluster as never);
      io.on("from elsewhere" as "connection", (...args: unknown[]) => log("delivered", ...args));
      controls(io, {
        emit: () => io.serverSideEmit("hello", 1, "2"),
        ask: async () => io.serverSideEmitWithAck("ping", { a: 1 }),
        deliver: () => {
          const { sockets } = io as unknown as {
            sockets: { _onServerSideEmit(args: unknown[]): void };
          };
          sockets._onServerSideEmit(["from elsewhere", 3]);
        },
      });
    },
    async client(t) {
      t.expect.equal(await t.control("emit"), true);
      t.expect.deepEqual(await t.control("ask"), ["one", "two"]);
      await t.control("deliver");
      t.expect.deepEqual(await t.serverLog(), [
        ["packet", ["hello", 1, "2"]],
        ["packet", ["ping", { a: 1 }, { $function: true }]],
        ["delivered", 3],
      ]);
    },
  },
  {
    name: "adapter: a replaced one serves namespaces that exist already, and later ones",
    server(io, log) {
      io.of("/early");
      class Counting extends currentAdapter(io) {
        broadcast(...args: never[]) {
          const [packet] = args as unknown as [{ data: unknown[] }];
          log("broadcast", packet.data);
          return super.broadcast?.(...args);
        }
      }
      log("returns itself", io.adapter(Counting as never) === io);
      log("is the one", (io.adapter() as unknown) === Counting);
      for (const name of ["/", "/early", "/late"]) {
        log("instance", name, (io.of(name).adapter as unknown) instanceof Counting);
      }
      controls(io, {
        emit: () => {
          io.emit("main", 1);
          io.of("/early").to("room").emit("early", 2);
        },
      });
      io.of("/early").on("connection", (socket) => void socket.join("room"));
    },
    async client(t) {
      const alice = await t.connect("alice");
      const early = await alice.open("/early");
      await t.control("emit");
      await Promise.all([alice.received("main"), early.received("early")]);
      t.expect.deepEqual(await t.serverLog(), [
        ["returns itself", true],
        ["is the one", true],
        ["instance", "/", true],
        ["instance", "/early", true],
        ["instance", "/late", true],
        ["broadcast", ["main", 1]],
        ["broadcast", ["early", 2]],
      ]);
    },
  },
  {
    name: "adapter: sockets of other servers are remote ones",
    server(io, log) {
      class Cluster extends currentAdapter(io) {
        fetchSockets(options: never) {
          const remote = {
            id: "elsewhere",
            handshake: { query: {} },
            rooms: ["elsewhere", "r"],
            data: { name: "remote" },
          };
          const local = super.fetchSockets?.(options) as Promise<unknown[]>;
          return local.then((sockets) => [...sockets, remote]);
        }
        addSockets(...args: never[]) {
          const [target, rooms] = args as unknown as [{ rooms: Set<string> }, string[]];
          log("join", target.rooms, rooms);
        }
        delSockets(...args: never[]) {
          const [target, rooms] = args as unknown as [{ rooms: Set<string> }, string[]];
          log("leave", target.rooms, rooms);
        }
        disconnectSockets(...args: never[]) {
          const [target, close] = args as unknown as [{ rooms: Set<string> }, boolean];
          log("disconnect", target.rooms, close);
        }
        broadcast(...args: never[]) {
          const [packet, target] = args as unknown as [{ data: unknown[] }, { rooms: Set<string> }];
          log("broadcast", packet.data, target.rooms);
        }
      }
      io.adapter(Cluster as never);
      controls(io, {
        use: async () => {
          const sockets = await io.fetchSockets();
          const remote = sockets.find(({ id }) => id === "elsewhere");
          if (remote === undefined) return;
          log("fields", sockets.length, remote.rooms, remote.data, remote.handshake);
          remote.join("x");
          remote.leave("y");
          remote.emit("hello", 1);
          log("chain", remote.disconnect(true) === remote);
        },
      });
    },
    async client(t) {
      await t.connect("alice");
      await t.control("use");
      const only = { $set: ["elsewhere"] };
      t.expect.deepEqual(await t.serverLog(), [
        ["fields", 2, { $set: ["elsewhere", "r"] }, { name: "remote" }, { query: {} }],
        ["join", only, ["x"]],
        ["leave", only, ["y"]],
        ["broadcast", ["hello", 1], only],
        ["disconnect", only, true],
        ["chain", true],
      ]);
    },
  },
]);
