// `socket.rooms`, `adapter.rooms`, `adapter.sids` and `namespace.sockets` hold nothing, and are read
// like the sets and maps that `socket.io` has there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import type { Socket } from "../../../../glue/socket.io/index.ts";
import { InMemoryServer } from "../../../support/in-memory.ts";

function start(): { server: InMemoryServer; sockets: Socket[] } {
  const sockets: Socket[] = [];
  const server = new InMemoryServer((io) => io.on("connection", (socket) => sockets.push(socket)));
  server.connect();
  server.connect();
  return { server, sockets };
}

test("rooms of a socket: one set, which follows", () => {
  const { sockets } = start();
  const [socket] = sockets;
  assert.ok(socket);
  const { rooms, id } = socket;
  assert.ok(rooms instanceof Set);
  assert.deepEqual([...rooms], [id]);
  socket.join(["a", "b"]);
  assert.deepEqual([...rooms], [id, "a", "b"]);
  assert.equal(rooms.size, 3);
  assert.ok(rooms.has("a"));
  assert.ok(!rooms.has("c"));
  assert.equal(socket.rooms, rooms);
  socket.leave("a");
  assert.deepEqual([...rooms.values()], [id, "b"]);
  assert.deepEqual([...rooms.keys()], [id, "b"]);
  assert.deepEqual(
    [...rooms.entries()],
    [
      [id, id],
      ["b", "b"],
    ],
  );
  const seen: unknown[] = [];
  rooms.forEach((value, key, set) => void seen.push(value === key && set === rooms));
  assert.deepEqual(seen, [true, true]);
  assert.deepEqual(new Set(rooms), new Set([id, "b"]));
  assert.equal(rooms.constructor, Set);
  assert.equal(inspect(rooms), inspect(new Set([id, "b"])));
});

test("rooms of a socket: an iteration is not disturbed by what its body does", () => {
  const { sockets } = start();
  const [socket] = sockets;
  socket?.join(["a", "b", "c"]);
  const seen: string[] = [];
  for (const room of socket?.rooms ?? []) {
    seen.push(room);
    socket?.leave(room);
  }
  assert.deepEqual(seen, [socket?.id, "a", "b", "c"]);
  assert.equal(socket?.rooms.size, 0);
});

test("rooms of a socket: what was handed out stays readable after the disconnect", async () => {
  const seen: unknown[] = [];
  const server = new InMemoryServer((io) => {
    io.on("connection", (socket) => {
      socket.join("room");
      socket.on("disconnecting", async () => {
        const { rooms } = socket;
        await Promise.resolve();
        seen.push([...rooms].includes("room"), socket.rooms.size);
      });
    });
  });
  server.connect().leave();
  await Promise.resolve();
  assert.deepEqual(seen, [true, 0]);
});

test("set operations of newer engines see what the view shows", () => {
  const { sockets } = start();
  const [socket] = sockets;
  assert.ok(socket);
  socket.join(["a", "b"]);
  const rooms = socket.rooms as Set<string> & {
    union(other: Set<string>): Set<string>;
    isSupersetOf(other: Set<string>): boolean;
  };
  assert.deepEqual([...rooms.union(new Set(["c"]))], [socket.id, "a", "b", "c"]);
  assert.ok(rooms.isSupersetOf(new Set(["a", "b"])));
});

test("the views of a namespace", () => {
  const { server, sockets } = start();
  const [one, two] = sockets;
  assert.ok(one && two);
  const { adapter } = server.io.sockets;
  one.join("a");
  two.join(["a", "b"]);

  assert.deepEqual([...adapter.rooms.keys()], [one.id, two.id, "a", "b"]);
  const members = adapter.rooms.get("a");
  assert.ok(members instanceof Set);
  assert.deepEqual([...members], [one.id, two.id]);
  assert.equal(members.size, 2);
  assert.ok(members.has(one.id));
  assert.ok(!members.has("nobody"));
  assert.equal(adapter.rooms.get("none"), undefined);
  assert.ok(!adapter.rooms.has("none"));
  assert.equal(adapter.rooms.size, 4);
  assert.deepEqual(
    [...adapter.rooms].map(([room, ids]) => [room, ids.size]),
    [
      [one.id, 1],
      [two.id, 1],
      ["a", 2],
      ["b", 1],
    ],
  );

  assert.deepEqual([...adapter.sids.keys()], [one.id, two.id]);
  assert.deepEqual([...(adapter.sids.get(two.id) ?? [])], [two.id, "a", "b"]);
  assert.equal(adapter.sids.get("nobody"), undefined);

  const { sockets: map } = server.io.sockets;
  assert.ok(map instanceof Map);
  assert.equal(map.size, 2);
  assert.equal(map.get(one.id), one);
  assert.ok(!map.has("nobody"));
  assert.deepEqual([...map.values()], [one, two]);
  assert.deepEqual([...map], [...map.entries()]);
  two.disconnect();
  assert.equal(map.size, 1);
  assert.equal(map.get(two.id), undefined);
  assert.equal(members.size, 1);
  one.leave("a");
  assert.ok(!adapter.rooms.has("a"));
});

test("the views cannot be written", () => {
  const { server, sockets } = start();
  const { adapter, sockets: map } = server.io.sockets;
  assert.throws(() => sockets[0]?.rooms.add("x"), /this is a view/);
  assert.throws(() => sockets[0]?.rooms.clear(), /this is a view/);
  assert.throws(() => adapter.rooms.delete("x"), /this is a view/);
  assert.throws(() => adapter.sids.set("x", new Set()), /this is a view/);
  assert.throws(() => map.clear(), /this is a view/);
});

test("while a socket is leaving, its namespace still shows it", () => {
  const seen: unknown[] = [];
  const server = new InMemoryServer((io) => {
    io.on("connection", (socket) => {
      socket.join("room");
      const look = (when: string) =>
        seen.push([
          when,
          socket.connected,
          io.sockets.sockets.size,
          io.sockets.sockets.get(socket.id) === socket,
          io.sockets.adapter.rooms.get("room")?.size,
        ]);
      socket.on("disconnecting", () => look("disconnecting"));
      socket.on("disconnect", () => look("disconnect"));
    });
  });
  server.connect();
  server.connect().leave();
  assert.deepEqual(seen, [
    ["disconnecting", true, 2, true, 2],
    ["disconnect", false, 1, false, 1],
  ]);
});

test("a room may be a number, which is not its text", () => {
  const { server, sockets } = start();
  const [one, two] = sockets;
  const number = 42 as unknown as string;
  one?.join(number);
  two?.join(["42", "\0n42"]);
  const { adapter } = server.io.sockets;
  assert.deepEqual([...(one?.rooms ?? [])], [one?.id, 42]);
  assert.deepEqual([...(two?.rooms ?? [])], [two?.id, "42", "\0n42"]);
  assert.deepEqual([...(adapter.rooms.get(number) ?? [])], [one?.id]);
  assert.deepEqual([...(adapter.rooms.get("42") ?? [])], [two?.id]);
  one?.leave(number);
  assert.ok(!adapter.rooms.has(number));
});

test("a room that is neither text nor a number is the room of its text: who leaves all leaves it, too", () => {
  const heard: unknown[] = [];
  const { server, sockets } = start();
  const [one, two] = sockets;
  const { adapter } = server.io.sockets;
  adapter.on("delete-room", (room) => heard.push(room));
  for (const room of [undefined, null, true, 10n, { a: 1 }]) one?.join(room as unknown as string);
  const names = ["undefined", "null", "true", "10", "[object Object]"];
  assert.deepEqual([...(one?.rooms ?? [])], [one?.id, ...names]);
  for (const name of names) assert.deepEqual([...(adapter.rooms.get(name) ?? [])], [one?.id]);
  one?.leave("undefined");
  one?.leaveAll();
  assert.equal(one?.rooms.size, 0);
  assert.deepEqual(heard, ["undefined", one?.id, ...names.slice(1)]);
  assert.deepEqual([...adapter.rooms.keys()], [two?.id]);
});

test("nothing can be hung on a room: it would be gone with the next look", () => {
  const { server, sockets } = start();
  const { adapter } = server.io.of("/");
  const [socket] = sockets;
  assert.ok(socket);
  for (const room of [adapter.rooms.get(socket.id), adapter.sids.get(socket.id), socket.rooms]) {
    assert.throws(() => Object.assign(room ?? {}, { host: "Ada" }), /not extensible/);
  }
});

test("how many are in a room, and whether anybody is, is asked without a list of them", () => {
  const server = new InMemoryServer(() => {});
  const { adapter } = server.io.of("/");
  for (let number = 0; number < 3; number++) server.connect();
  server.io.socketsJoin("x");
  const room = adapter.rooms.get("x");
  const runtime = adapter.nsp._runtime;
  let lists = 0;
  const { membersOf } = runtime;
  runtime.membersOf = (...args) => {
    lists += 1;
    return membersOf.apply(runtime, args);
  };
  assert.deepEqual(
    [room?.size, adapter.rooms.get("x")?.size, adapter.rooms.has("x")],
    [3, 3, true],
  );
  assert.deepEqual([adapter.rooms.has("y"), adapter.rooms.get("y")], [false, undefined]);
  assert.equal(lists, 0);
  assert.equal([...(room ?? [])].length, 3);
  assert.ok(lists > 0);
});
