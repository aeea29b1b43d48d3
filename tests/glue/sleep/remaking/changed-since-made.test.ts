// Objects that the connection listener makes again, of which no clone is worth anything: what changes in them is lost.
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import type { Socket } from "../../../../glue/socket.io/server/socket.ts";
import { make, settle } from "../sleepy-server.ts";

type Bag = Record<string, unknown>;

/** What changes when `change` is called. */
interface Thing {
  change(): void;
}

class Player implements Thing {
  readonly socket: Socket;
  readonly data: Socket["data"];
  readonly list: unknown[];
  lives = 3;

  constructor(socket: Socket) {
    this.socket = socket;
    this.data = socket.data;
    socket.data.list ??= [];
    this.list = socket.data.list;
  }

  change(): void {
    this.lives -= 1;
  }

  /** Changes what is kept elsewhere. */
  changeData(): void {
    this.data.lives = (this.data.lives ?? 3) - 1;
    this.list.push(1);
  }
}

const THINGS: Record<string, (socket: Socket) => Thing> = {
  "an object of a class that holds its socket": (socket) => new Player(socket),
  "an object of no class with functions": () => {
    const thing = {
      lives: 3,
      change() {
        this.lives -= 1;
      },
    };
    return thing;
  },
  "an object of a class whose method is a field": () =>
    new (class {
      lives = 3;
      change = () => {
        this.lives -= 1;
      };
    })(),
  "an object that emits": () => {
    const emitter = new (class extends EventEmitter {
      lives = 3;
      change() {
        this.lives -= 1;
      }
    })();
    return emitter.on("end", () => {});
  },
  "a map with methods of its own": () =>
    new (class extends Map {
      change() {
        this.set("lives", 3);
      }
    })(),
  "a set with methods of its own": () =>
    new (class extends Set {
      change() {
        this.add("lives");
      }
    })(),
  "an object around one that holds its socket": (socket) => {
    const players = [new Map([["player", new Player(socket)]])];
    return { players, change: () => players[0]?.get("player")?.change() } as Thing;
  },
  "bytes in an object of no class that holds its socket": (socket) => {
    const bytes = new Uint8Array(2);
    return { socket, bytes, change: () => bytes.fill(1) };
  },
  "one that says what it is": () => {
    const lives = [3];
    return { toJSON: () => ({ lives }), change: () => void lives.pop() } as Thing;
  },
  "an object of no class around itself": (socket) => {
    const thing = { socket, self: {}, list: [[1]], change: () => thing.list[0]?.push(2) };
    thing.self = thing;
    return thing;
  },
};

const PLACES: Record<string, (socket: Socket) => object> = {
  socket: (socket) => socket,
  "socket.data": (socket) => socket.data,
  "socket.handshake": (socket) => socket.handshake,
  "socket.handshake.auth": (socket) => socket.handshake.auth,
  "socket.request": (socket) => socket.request,
  "socket.client": (socket) => socket.client,
};

/** Where the fields of objects of no class are kept, whatever else is there; and objects that emit count as somebody else's. */
const KEEPS_FIELDS = /^socket\.(handshake|request|client)$/;
const IS_KEPT = /of no class|that emits/;

for (const [what, makeThing] of Object.entries(THINGS)) {
  for (const [where, placeOf] of Object.entries(PLACES)) {
    test(`${what}, on ${where}`, async (t) => {
      const { server, client, reasons } = await make(t, (socket) => {
        (placeOf(socket) as Bag).thing = makeThing(socket);
        socket.on("change", () => ((placeOf(socket) as Bag).thing as Thing).change());
        socket.on("say", () => socket.emit("said"));
      });
      client.emit('42["say"]');
      await settle();
      assert.deepEqual([reasons(), server.runtime.keeper.isHeld], [[], false]);
      client.emit('42["change"]');
      await settle();
      if (IS_KEPT.test(what) && KEEPS_FIELDS.test(where)) {
        assert.deepEqual(reasons(), []);
        return;
      }
      const name = where.endsWith("auth") ? where : `${where}.thing`;
      assert.equal(server.runtime.keeper.isHeld, true);
      assert.deepEqual(reasons(), [name]);
    });
  }
}

test("a list with methods of its own: on the socket what changes in it is lost, in data not", async (t) => {
  const { client, reasons } = await make(t, (socket) => {
    const makeList = () => new (class extends Array {})();
    Object.assign(socket, { deck: makeList() });
    socket.data.deck = makeList();
    socket.on("data", () => socket.data.deck.push(1));
    socket.on("own", () => ((socket as unknown as Bag).deck as unknown[]).push(1));
  });
  client.emit('42["data"]');
  await settle();
  assert.deepEqual(reasons(), []);
  client.emit('42["own"]');
  await settle();
  assert.deepEqual(reasons(), ["socket.deck"]);
});

test("what changes in data that such an object holds is kept: no reason", async (t) => {
  const { client, reasons } = await make(t, (socket) => {
    const player = new Player(socket);
    Object.assign(socket, { player });
    socket.on("change", () => player.changeData());
  });
  for (let i = 0; i < 3; i++) client.emit('42["change"]');
  await settle();
  assert.deepEqual(reasons(), []);
});

test("what an asynchronous connection listener goes on to make of it is made again", async (t) => {
  const { client, reasons } = await make(t, async (socket) => {
    socket.on("say", () => socket.emit("said"));
    const player = new Player(socket);
    Object.assign(socket, { player });
    await settle();
    player.change();
  });
  client.emit('42["say"]');
  await settle();
  assert.deepEqual(reasons(), []);
});
