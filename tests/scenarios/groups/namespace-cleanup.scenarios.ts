/**
 * `cleanupEmptyChildNamespaces`: what is removed, when, and what never is.
 *
 * Normalised: ids (names of the clients).
 */
import type { Namespace } from "socket.io";
import { controls } from "../controls.ts";
import { scenarios } from "../scenario.ts";

/** `children` of a parent namespace: undocumented, but read by applications. */
function children(parent: unknown): string[] {
  return [...(parent as { children: Set<Namespace> }).children].map(({ name }) => name);
}

const options = { cleanupEmptyChildNamespaces: true };

export const NAMESPACE_CLEANUP = scenarios([
  {
    name: "cleanup: an empty child is removed when its last socket leaves",
    options,
    server(io) {
      const parent = io.of(/^\/d-/);
      controls(io, { look: () => [io._nsps.has("/d-1"), children(parent)] });
    },
    async client(t) {
      const main = await t.connect("alice");
      const one = await main.open("/d-1");
      const bob = await t.connect("bob");
      const two = await bob.open("/d-1");
      t.expect.deepEqual(await t.control("look"), [true, ["/d-1"]]);
      await one.disconnect();
      await main.fence();
      t.expect.deepEqual(await t.control("look"), [true, ["/d-1"]]);
      await two.disconnect();
      await bob.fence();
      t.expect.deepEqual(await t.control("look"), [false, []]);
    },
  },
  {
    name: "cleanup: a removed child comes back as a new namespace",
    options,
    server(io, log) {
      io.on("new_namespace", ({ name }) => log("new", name));
      io.of(/^\/d-/).on("connection", (socket) => {
        log("connection", socket.nsp.sockets.size, io._nsps.get("/d-1") === socket.nsp);
        socket.on("ping me", (answer) => answer("pong"));
      });
    },
    async client(t) {
      const main = await t.connect("alice");
      const child = await main.open("/d-1");
      await child.disconnect();
      await main.fence();
      await child.reconnect();
      t.expect.equal(await child.ask("ping me"), "pong");
      t.expect.deepEqual(await t.serverLog(), [
        ["new", "/d-1"],
        ["connection", 1, true],
        ["new", "/d-1"],
        ["connection", 1, true],
      ]);
    },
  },
  {
    name: "cleanup: a child whose only socket was refused is removed",
    options,
    server(io) {
      const parent = io.of(/^\/d-/);
      parent.use((_socket, next) => next(new Error("not today")));
      controls(io, { look: () => [io._nsps.has("/d-1"), children(parent)] });
    },
    async client(t) {
      const alice = await t.connect("alice", { namespace: "/d-1" });
      t.expect.deepEqual(alice.log, [["connect_error", "not today", { $undefined: true }]]);
      t.expect.deepEqual(await t.control("look"), [false, []]);
    },
  },
  {
    name: "cleanup: a lost connection removes the child too",
    options,
    server(io, log) {
      const parent = io.of(/^\/d-/);
      parent.on("connection", (socket) => {
        socket.on("disconnect", (reason) => log("disconnect", reason, io._nsps.has("/d-1")));
      });
      controls(io, { look: () => children(parent) });
    },
    async client(t) {
      const alice = await t.connect("alice", { namespace: "/d-1" });
      await alice.cut();
      await t.serverLogged("disconnect");
      t.expect.deepEqual(await t.control("look"), []);
      t.expect.deepEqual(await t.serverLog(), [["disconnect", "transport close", false]]);
    },
  },
  {
    name: "cleanup: static namespaces are never removed",
    options,
    server(io) {
      io.of(/^\/d-/);
      io.of("/static");
      controls(io, { names: () => [...io._nsps.keys()] });
    },
    async client(t) {
      const main = await t.connect("alice");
      const fixed = await main.open("/static");
      const child = await main.open("/d-1");
      await fixed.disconnect();
      await child.disconnect();
      await main.fence();
      t.expect.deepEqual(await t.control("names"), ["/", "/static", "/control"]);
    },
  },
  {
    name: "cleanup: a child made by hand is removed like the others",
    options,
    awake: "the setup makes the child again on every wake",
    server(io) {
      const parent = io.of(/^\/d-/);
      io.of("/d-7");
      controls(io, { look: () => [io._nsps.has("/d-7"), children(parent)] });
    },
    async client(t) {
      t.expect.deepEqual(await t.control("look"), [true, ["/d-7"]]);
      const main = await t.connect("alice");
      const child = await main.open("/d-7");
      await child.disconnect();
      await main.fence();
      t.expect.deepEqual(await t.control("look"), [false, []]);
    },
  },
  {
    name: "cleanup: a removed child is not reached by its parent any more",
    options,
    server(io) {
      const parent = io.of(/^\/d-/);
      controls(io, { emit: () => parent.emit("hello") });
    },
    async client(t) {
      const main = await t.connect("alice");
      const gone = await main.open("/d-1");
      const there = await main.open("/d-2");
      await gone.disconnect();
      await main.fence();
      await t.control("emit");
      await t.settle(main);
      t.expect.deepEqual(gone.events, ["connect", "disconnect"]);
      t.expect.deepEqual(there.events, ["connect", "hello"]);
    },
  },
]);
