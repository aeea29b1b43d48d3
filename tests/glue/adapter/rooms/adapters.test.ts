// Adapters: our base class, and those that were made for `socket.io`.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ClusterAdapter,
  type ClusterMessage,
  type ClusterResponse,
  Adapter as UpstreamAdapter,
} from "socket.io-adapter";
import {
  Adapter,
  type AdapterConstructor,
  type BroadcastOptions,
  type Namespace,
  type Server,
} from "../../../../glue/socket.io/index.ts";
import { type InMemoryClient, InMemoryServer } from "../../../support/in-memory.ts";

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
const events = (client: InMemoryClient) =>
  client.take().filter((frame) => String(frame).startsWith("42"));

test("a subclass sees what goes through it", () => {
  const seen: unknown[] = [];
  class Spy extends Adapter {
    override addAll(id: string, rooms: Set<string>) {
      seen.push(["addAll", rooms.has(id) ? "own" : [...rooms]]);
      return super.addAll(id, rooms);
    }

    override del(id: string, room: string) {
      seen.push(["del", room]);
      return super.del(id, room);
    }

    override delAll(id: string) {
      seen.push(["delAll"]);
      super.delAll(id);
    }

    override broadcast(packet: unknown, opts: BroadcastOptions) {
      seen.push(["broadcast", packet, [...opts.rooms]]);
      super.broadcast(packet, opts);
    }
  }
  const server = new InMemoryServer((io) => {
    io.on("connection", (socket) => {
      socket.join(["a", "b"]);
      socket.leave("a");
      io.to("b").emit("hello", 1);
    });
  });
  server.io.adapter(Spy);
  const client = server.connect();
  assert.deepEqual(seen, [
    ["addAll", "own"],
    ["addAll", ["a", "b"]],
    ["del", "a"],
    ["broadcast", { type: 2, nsp: "/", data: ["hello", 1] }, ["b"]],
  ]);
  assert.deepEqual(events(client), ['42["hello",1]']);
  client.leave();
  assert.deepEqual(seen.at(-1), ["delAll"]);
});

/** What hears that a socket joins the room of its own. */
const HEARS_OF_OWN_ROOMS: Record<string, (adapter: Adapter, hear: (id: string) => void) => void> = {
  "a listener": (adapter, hear) => adapter.on("join-room", (_room, id) => hear(id)),
  "a method put on the adapter": (adapter, hear) => {
    const { addAll } = adapter;
    adapter.addAll = (id, rooms) => {
      hear(id);
      return addAll.call(adapter, id, rooms);
    };
  },
  "a method put on the adapter's class": (_adapter, hear) => {
    const { addAll } = Adapter.prototype;
    Adapter.prototype.addAll = function (id, rooms) {
      Adapter.prototype.addAll = addAll;
      hear(id);
      return addAll.call(this, id, rooms);
    };
  },
};

for (const [who, listen] of Object.entries(HEARS_OF_OWN_ROOMS)) {
  test(`${who} hears that a socket joins the room of its own`, () => {
    const heard: string[] = [];
    const ids: string[] = [];
    const server = new InMemoryServer((io) => {
      io.on("connection", (socket) => ids.push(socket.id, ...socket.rooms));
    });
    listen(server.io.of("/").adapter, (id) => heard.push(id));
    server.connect();
    assert.equal(heard.length, 1);
    assert.deepEqual(ids, [heard[0], heard[0]]);
  });
}

test("an adapter made for socket.io-adapter before 2.2 sends by socket.packet", () => {
  class Old extends Adapter {
    override broadcast(packet: { nsp?: string }, opts: BroadcastOptions) {
      const { volatile, compress } = opts.flags ?? {};
      packet.nsp = this.nsp.name;
      const encoded = (this.nsp.server as Server).encoder.encode(packet);
      for (const id of this.sids.keys()) {
        if (opts.except?.has(id)) continue;
        (this.nsp as Namespace).sockets
          .get(id)
          ?.packet(encoded, { preEncoded: true, volatile, compress });
      }
    }
  }
  const server = new InMemoryServer(
    (io) => {
      io.of("/room").on("connection", (socket) => {
        socket.on("all", (value) => socket.nsp.emit("said", value));
        socket.on("me", () => socket.packet({ type: 2, data: ["mine", 1] }));
      });
    },
    { adapter: Old },
  );
  const [one, other] = [server.connect("/room"), server.connect("/room")];
  one.emit('42/room,["all",{"a":1}]', '42/room,["me"]');
  assert.deepEqual(events(one), ['42/room,["said",{"a":1}]', '42/room,["mine",1]']);
  assert.deepEqual(events(other), ['42/room,["said",{"a":1}]']);
  other.leave();
  one.emit('451-/room,["all",{"_placeholder":true,"num":0}]', new Uint8Array([1, 2]));
  assert.deepEqual(one.take(), [
    '451-/room,["said",{"_placeholder":true,"num":0}]',
    Buffer.from([1, 2]),
  ]);
});

test("events of rooms, in upstream's order", () => {
  const seen: unknown[] = [];
  const server = new InMemoryServer((io) => {
    for (const event of ["create-room", "join-room", "leave-room", "delete-room"]) {
      io.sockets.adapter.on(event, (room: string, id?: string) => {
        seen.push([event, room.length < 20 ? room : "own", id === undefined]);
      });
    }
    io.on("connection", (socket) => socket.join("a"));
  });
  server.connect().leave();
  assert.deepEqual(seen, [
    ["create-room", "own", true],
    ["join-room", "own", false],
    ["create-room", "a", true],
    ["join-room", "a", false],
    ["leave-room", "own", false],
    ["delete-room", "own", true],
    ["leave-room", "a", false],
    ["delete-room", "a", true],
  ]);
});

test("an adapter that cannot be made: whoever catches the error goes on with the one before", async () => {
  class Broken extends Adapter {
    constructor(nsp: Namespace) {
      super(nsp);
      throw new Error("no connection to the others");
    }
  }
  class Working extends Adapter {}
  for (const before of [undefined, Working]) {
    const server = new InMemoryServer((io) => io.on("connection", (socket) => socket.join("a")));
    const client = server.connect();
    const { io } = server;
    if (before !== undefined) io.adapter(before);
    assert.throws(() => io.adapter(Broken as never), /no connection to the others/);
    assert.throws(() => io.adapter(5 as never), TypeError);
    io.to("a").emit("news");
    assert.deepEqual(events(client), ['42["news"]']);
    assert.equal((await io.in("a").fetchSockets()).length, 1);
    assert.equal(io.of("/later").adapter.constructor, before ?? Adapter);
  }
});

test("a new adapter keeps the rooms", () => {
  const server = new InMemoryServer((io) => io.on("connection", (socket) => socket.join("a")));
  const client = server.connect();
  server.io.adapter(class extends Adapter {});
  client.take();
  server.io.to("a").emit("hello");
  assert.deepEqual(client.take(), ['42["hello"]']);
});

test("a subclass may say what its namespace is", () => {
  class Roll extends Adapter<Namespace> {
    readonly present = () => [...this.nsp.sockets.values()].map((socket) => socket.handshake.url);
  }
  const server = new InMemoryServer((io) => io.adapter(Roll));
  server.connect();
  const { adapter } = server.io.of("/");
  assert.ok(adapter instanceof Roll);
  assert.deepEqual(adapter.present(), ["/socket.io/?EIO=4&transport=websocket"]);
  adapter.nsp.emit("hello");
});

test("an adapter made for socket.io: rooms, broadcasts, acknowledgements", async () => {
  const server = new InMemoryServer((io) => {
    io.adapter(UpstreamAdapter as unknown as AdapterConstructor);
    io.on("connection", (socket) => socket.join("a"));
  });
  const { io } = server;
  const [one, two] = [server.connect(), server.connect()];
  const [first, second] = await io.fetchSockets();
  assert.ok(first && second);
  second.leave("a");
  events(one);
  events(two);
  io.to("a").emit("hello", new Uint8Array([1]));
  assert.equal(two.take().length, 0);
  const [head, attachment] = one.take();
  assert.equal(head, '451-["hello",{"_placeholder":true,"num":0}]');
  assert.deepEqual([...(attachment as Uint8Array)], [1]);
  io.except("a").emit("others");
  assert.deepEqual([events(one), events(two)], [[], ['42["others"]']]);
  const answers = io.timeout(1000).emitWithAck("q");
  for (const client of [one, two]) {
    client.emit(`43${/^42(\d+)/.exec(String(client.take()[0]))?.[1]}["yes"]`);
  }
  assert.deepEqual(await answers, ["yes", "yes"]);
  await assert.rejects(io.timeout(5).emitWithAck("q"), /operation has timed out/);
  const pending = [...io.sockets.sockets.values()].map((socket) => socket.acks.size);
  assert.deepEqual(pending, [0, 0]);
  io.in("a").disconnectSockets();
  assert.equal(io.sockets.sockets.size, 1);
  assert.equal(io.sockets.adapter.rooms.has("a"), false);
  assert.deepEqual(server.errors, []);
});

/** Servers in one process that know each other. */
class Bus {
  readonly members: LocalCluster[] = [];
}

class LocalCluster extends ClusterAdapter {
  readonly bus: Bus;

  constructor(nsp: unknown, bus: Bus) {
    super(nsp);
    this.bus = bus;
    bus.members.push(this);
  }

  override serverCount() {
    return Promise.resolve(this.bus.members.length);
  }

  protected override async doPublish(message: ClusterMessage) {
    for (const member of this.bus.members) if (member !== this) member.onMessage(clone(message));
    return "";
  }

  protected override async doPublishResponse(to: string, response: ClusterResponse) {
    for (const member of this.bus.members)
      if (member.uid === to) member.onResponse(clone(response));
  }
}

const clone = <T>(value: T): T => JSON.parse(JSON.stringify(value));

test("two servers with socket.io's cluster adapter are one", async () => {
  const bus = new Bus();
  function Factory(nsp: unknown) {
    return new LocalCluster(nsp, bus);
  }
  const servers = [1, 2].map(
    () => new InMemoryServer(() => {}, { adapter: Factory as unknown as AdapterConstructor }),
  );
  const [a, b] = servers as [InMemoryServer, InMemoryServer];
  const [alice, bob] = [a.connect(), b.connect()];
  alice.take();
  bob.take();

  a.io.emit("hello");
  await settle();
  assert.deepEqual([events(alice), events(bob)], [['42["hello"]'], ['42["hello"]']]);
  a.io.local.emit("here");
  await settle();
  assert.deepEqual([events(alice), events(bob)], [['42["here"]'], []]);

  const sockets = await a.io.fetchSockets();
  assert.equal(sockets.length, 2);
  const remote = sockets.find((socket) => !a.io.sockets.sockets.has(socket.id));
  assert.ok(remote);
  assert.equal(remote.constructor.name, "RemoteSocket");
  assert.equal(remote.handshake.address, "192.0.2.1");
  remote.join("room");
  await settle();
  assert.ok(b.io.sockets.adapter.rooms.has("room"));

  const answer = remote.timeout(1000).emitWithAck("q");
  await settle();
  bob.emit(`43${/^42(\d+)/.exec(String(bob.take()[0]))?.[1]}["yes"]`);
  assert.equal(await answer, "yes");

  b.io.on("count", (answerCount) => answerCount(b.io.engine.clientsCount));
  assert.deepEqual(await a.io.serverSideEmitWithAck("count"), [1]);

  remote.disconnect(true);
  await settle();
  assert.ok(bob.closed);
  assert.deepEqual([...a.errors, ...b.errors], []);
});
