/** What a parent namespace (`io.of(/regex/)`, `io.of(function)`) is asked beside its middlewares and listeners. */
import type { Namespace, Server } from "socket.io";
import { controls } from "../controls.ts";
import { kind } from "../kind.ts";
import { scenarios } from "../scenario.ts";

/** What it returns, or what it throws. */
const outcome = (run: () => unknown): unknown => {
  try {
    return kind(run());
  } catch (error) {
    return (error as Error).message;
  }
};

const settled = (run: () => Promise<unknown>): Promise<unknown> =>
  run().then(
    (value) => (value instanceof Set ? [...value] : value),
    (error: Error) => error.message,
  );

/** A parent with what it is asked from a client half. */
function withParent(io: Server, ask: Record<string, (parent: Namespace) => unknown>): void {
  const parent = io.of(/^\/team-\d+$/);
  parent.on("connection", (socket) => socket.join("lobby"));
  const handlers = Object.entries(ask).map(([name, run]) => [name, () => run(parent)]);
  controls(io, Object.fromEntries(handlers));
}

export const PARENTS = scenarios([
  {
    name: "parents: what their methods return and throw",
    server(io) {
      withParent(io, {
        emit: (parent) => [
          outcome(() => parent.emit("x")),
          outcome(() => parent.to("a").emit("x")),
          outcome(() => parent.emit("disconnect")),
          outcome(() => parent.to("a").emit("disconnect")),
          parent.send(1) === parent,
          parent.write(1) === parent,
        ],
        others: (parent) => [
          outcome(() => parent.serverSideEmit("hello")),
          outcome(() => parent.serverSideEmit("connection")),
        ],
        members: async (parent) => [
          outcome(() => parent.socketsJoin("a")),
          outcome(() => parent.socketsLeave(["a", "b"])),
          outcome(() => parent.disconnectSockets(true)),
          outcome(() => parent.fetchSockets()),
          await settled(() => parent.in("lobby").fetchSockets()),
          await settled(() => parent.allSockets()),
          parent.sockets.size,
          parent.adapter.rooms.size,
        ],
      });
    },
    async client(t) {
      t.expect.deepEqual(await t.control("emit"), [
        "boolean",
        "boolean",
        "boolean",
        '"disconnect" is a reserved event name',
        true,
        true,
      ]);
      const alice = await t.connect("alice", { namespace: "/team-1" });
      // Now there is a child that refuses the name.
      const reserved = '"disconnect" is a reserved event name';
      t.expect.deepEqual(((await t.control("emit")) as unknown[])[2], reserved);
      t.expect.deepEqual(await t.control("others"), [
        "boolean",
        '"connection" is a reserved event name',
      ]);
      // Its own adapter knows nobody: only what is emitted reaches the children.
      t.expect.deepEqual(await t.control("members"), [
        "undefined",
        "undefined",
        "undefined",
        "fetchSockets() is not supported on parent namespaces",
        [],
        [],
        0,
        0,
      ]);
      t.expect.equal(alice.socket.connected, true);
    },
  },
  {
    name: "parents: every operator reaches the clients of all children",
    server(io) {
      withParent(io, {
        emit: (parent) => {
          parent.emit("emit", 1);
          parent.to("lobby").emit("to");
          parent.to("nobody").emit("to nobody");
          parent.except("lobby").emit("except");
          parent.local.emit("local");
          parent.compress(false).emit("compress");
          parent.to([]).emit("to none");
          parent.send("send");
          parent.emit("end");
        },
      });
    },
    async client(t) {
      const names = ["/team-1", "/team-2"];
      const clients = await Promise.all(
        names.map((namespace) => t.connect(namespace, { namespace })),
      );
      const outside = await t.connect("outside");
      await t.control("emit");
      const expected = ["emit", "to", "local", "compress", "to none", "message", "end"];
      for (const client of clients) {
        await client.received("end");
        t.expect.deepEqual(client.events, ["connect", ...expected]);
      }
      await outside.fence();
      t.expect.deepEqual(outside.events, ["connect"]);
    },
  },
  {
    name: "parents: who asks their clients gets no answer, and does not wait for one",
    awake: "acknowledgements are under way",
    server(io) {
      withParent(io, {
        ask: async (parent) => [
          await settled(() => parent.timeout(1000).emitWithAck("ready?")),
          await settled(() => parent.to("lobby").timeout(1000).emitWithAck("ready?")),
        ],
      });
    },
    async client(t) {
      await t.connect("alice", { namespace: "/team-1" });
      t.expect.deepEqual(await t.control("ask"), [[], []]);
    },
  },
]);
