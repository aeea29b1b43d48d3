// What values of io.data, and of namespaces, have in common: they have it in common after a sleep.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import { Random } from "../../../soak/random.ts";
import { CountedStorage } from "../../../support/counted-storage.ts";
import type { InMemoryClient } from "../../../support/in-memory.ts";
import { SleepyServer, settle } from "../sleepy-server.ts";
import { act, describe, type Place } from "./graphs.ts";

const KEYS = ["a", "b", "c"];

function placesOf(main: object, other: object): Place[] {
  return [main, other].flatMap((data) =>
    KEYS.map((key) => ({ data: data as Record<string, unknown>, key })),
  );
}

/** A server whose connection listener does, when it runs again, what is then undone. */
class Program {
  readonly #random: Random;
  readonly #storage = new CountedStorage();
  /** What it would be without sleeps. */
  readonly #model = placesOf({}, {});
  #places: Place[] = [];
  #server: SleepyServer;
  readonly #client: InMemoryClient;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#server = this.#start([]);
    this.#client = this.#server.connect();
  }

  #start(clients: InMemoryClient[]): SleepyServer {
    const setup = (io: Server): void => {
      this.#places = placesOf(io.data, io.of("/other").data);
      io.on("connection", (socket) => {
        socket.on("look", () => {});
        if (!socket.restored) return;
        for (let i = 0; i < 3; i++) act(this.#some().real, this.#random);
      });
    };
    return new SleepyServer(setup, {}, clients, this.#storage);
  }

  /** Some of the places, here and in the model. */
  #some(): { model: Place[]; real: Place[] } {
    const isIn = KEYS.concat(KEYS).map(() => this.#random.below(2) === 0);
    isIn[this.#random.below(isIn.length)] = true;
    const pick = (places: readonly Place[]) => places.filter((_place, index) => isIn[index]);
    return { model: pick(this.#model), real: pick(this.#places) };
  }

  run(steps: number): void {
    for (let step = 0; step < steps; step++) {
      const { model, real } = this.#some();
      assert.equal(describe(real), describe(model));
      const seed = this.#random.below(2 ** 31);
      for (const places of [model, real]) act(places, new Random(seed));
      assert.equal(describe(real), describe(model));
      switch (this.#random.below(8)) {
        case 0:
          this.#sleep();
          break;
        case 1:
          this.#server.io._sleep.writeAll();
          break;
        case 2:
          assert.equal(describe(this.#places), describe(this.#model));
      }
    }
    assert.deepEqual(this.#server.errors, []);
    this.#client.leave();
  }

  #sleep(): void {
    this.#server.io._sleep.writeAll();
    assert.deepEqual(this.#server.io.awakeReasons, []);
    this.#server = this.#start([this.#client]);
    // Or the replay comes later.
    if (this.#random.below(2) === 0) {
      const { model, real } = this.#some();
      assert.equal(describe(real), describe(model));
    }
    if (this.#random.below(2) === 0) this.#client.emit('42["look"]');
  }
}

/** Keys that are read and written, and what of it is the same, in a storage that has seen `prepare` in another wake. */
function serve(storage: CountedStorage, prepare?: (data: Data) => void): Data {
  const { io } = new SleepyServer(() => {}, {}, [], storage);
  if (prepare !== undefined) {
    prepare(io.data);
    io._sleep.writeAll();
  }
  return io.data;
}
type Data = Server["data"];

/** What is shared, and one of the ways to see that it is. */
const SHARED: Record<string, [prepare: (data: Data) => void, isShared: (data: Data) => boolean]> = {
  "the value itself": [
    (data) => (data.last = data.first = { text: "" }),
    ({ first, last }) => first === last,
  ],
  "the last of a list": [
    (data) => {
      data.list = [{}, { text: "" }];
      data.last = data.list[1];
    },
    ({ last, list }) => last === list[1] && list[0] !== last,
  ],
  "an instance, which is a plain object then": [
    (data) => {
      class User {
        name = "ada";
      }
      data.users = [new User()];
      data.admin = data.users[0];
    },
    ({ users, admin }) => users[0] === admin && admin.name === "ada",
  ],
  "a date, bytes and a Buffer": [
    (data) => {
      data.one = [new Date(0), new Uint8Array(2), Buffer.from("ab")];
      data.other = new Set(data.one);
    },
    ({ one, other }) => one.every((part: unknown) => other.has(part)) && Buffer.isBuffer(one[2]),
  ],
  "a key of a map": [
    (data) => {
      data.players = [{ name: "ada" }];
      data.scores = new Map([[data.players[0], 5]]);
    },
    ({ players, scores }) => scores.get(players[0]) === 5,
  ],
  "nested deeper than is compared": [
    (data) => {
      data.last = {};
      data.deep = Array.from({ length: 300 }).reduce((inside) => [inside], data.last);
    },
    ({ deep, last }) => deep.flat(300)[0] === last,
  ],
};

for (const [what, [prepare, isShared]] of Object.entries(SHARED)) {
  test(`in several values: ${what}`, () => {
    const storage = new CountedStorage();
    assert.ok(isShared(serve(storage, prepare)));
    for (let sleeps = 0; sleeps < 2; sleeps++) {
      const data = serve(storage, (it) => void Object.values(it));
      assert.ok(isShared(data));
    }
  });
}

test("who is read has those read with it that have something of it, and no others", () => {
  const storage = new CountedStorage();
  serve(storage, (data) => {
    data.list = [{}];
    data.last = data.list[0];
    data.other = [{}];
  });
  storage.reads.length = 0;
  const data = serve(storage);
  data.last.text = "changed";
  assert.deepEqual(storage.reads, ["get state:d1:/last", "get state:d1:/list"]);
});

test("rows come apart when nothing is shared any more, and then are what they would have been", () => {
  const storage = new CountedStorage();
  serve(storage, (data) => {
    data.list = [{ n: 1 }];
    data.last = data.list[0];
  });
  const plain = (): boolean[] =>
    ["list", "last"].map((key) => !("value" in (storage.get(`state:d1:/${key}`) as object)));
  assert.deepEqual(plain(), [false, false]);
  serve(storage, (data) => {
    data.last = { n: 2 };
    data.list.push(3);
  });
  assert.deepEqual(plain(), [true, true]);
  storage.reads.length = 0;
  assert.equal(serve(storage).last.n, 2);
  assert.deepEqual(storage.reads, ["get state:d1:/last"]);
});

test("what was shared and is a copy now is none after a sleep, though nothing looks different", () => {
  const storage = new CountedStorage();
  serve(storage, (data) => {
    data.list = [{ n: 1 }, { n: 1 }];
    data.last = data.list[0];
  });
  serve(storage, ({ list }) => list.reverse());
  const swapped = serve(storage);
  assert.deepEqual([swapped.list.indexOf(swapped.last)], [1]);
  serve(storage, (data) => {
    data.last = structuredClone(data.last);
  });
  const apart = serve(storage);
  assert.equal(apart.list.indexOf(apart.last), -1);
  serve(storage, (data) => {
    data.list = [{}, {}];
  });
  serve(storage, ({ list }) => {
    list[1] = list[0];
  });
  const { list } = serve(storage);
  assert.equal(list[0], list[1]);
});

test("a replay that puts objects of the same content in the places of others changes nothing", () => {
  const storage = new CountedStorage();
  const setup = (io: Server): void => {
    io.on("connection", (socket) => {
      socket.on("look", () => {});
      if (!socket.restored) return;
      io.data.list[0] = {};
      io.data.list.reverse();
      io.data.last = {};
    });
  };
  const before = new SleepyServer(setup, {}, [], storage);
  const client = before.connect();
  before.io.data.list = [{}, {}, {}];
  before.io.data.last = before.io.data.list[1];
  before.io._sleep.writeAll();
  const { io } = new SleepyServer(setup, {}, [client], storage);
  const { list, last } = io.data;
  const [...objects] = list;
  client.emit('42["look"]');
  assert.equal(io.data.list, list);
  assert.equal(io.data.last, last);
  for (const [index, object] of objects.entries()) assert.equal(list[index], object);
  assert.equal(list[1], last);
  client.leave();
});

test("what hangs on a value and is no data is left alone when what a replay did to the rest is undone", () => {
  const storage = new CountedStorage();
  class Log {
    readonly lines: string[] = [];
    add(line: string): void {
      this.lines.push(line);
    }
  }
  const log = new Log();
  const setup = (io: Server): void => {
    io.data.game ??= { moves: [], rules: {} };
    io.on("connection", (socket) => {
      socket.on("look", () => {});
      if (!socket.restored) return;
      io.data.game.moves.push(1);
      io.data.game.log.add("again");
      io.data.game.owner = undefined;
    });
  };
  const before = new SleepyServer(setup, {}, [], storage);
  const client = before.connect();
  before.io._sleep.writeAll();
  const { io } = new SleepyServer(setup, {}, [client], storage);
  const { game } = io.data;
  Object.assign(game, { log, write: () => log.add("written"), owner: io });
  client.emit('42["look"]');
  assert.deepEqual([game.moves, log.lines, game.log === log], [[], ["again"], true]);
  assert.equal(game.owner, io);
  client.leave();
});

test("who shares what grows too large is told of as who has it alone, and the rest is kept", () => {
  const storage = new CountedStorage();
  const server = new SleepyServer(() => {}, {}, [], storage);
  const { data } = server.io;
  data.list = ["x".repeat(1_999_650)];
  server.io._sleep.writeAll();
  // With what the row says besides it is too much.
  const members = Array.from({ length: 20 }, () => ({}));
  data.list.push(...members);
  data.others = members;
  server.io._sleep.writeAll();
  assert.deepEqual(
    server.errors.map(({ where }) => where),
    ["io.data.list"],
  );
  const woken = serve(storage);
  assert.deepEqual([woken.list.length, woken.others.length], [1, 20]);
});

test("a library that knows nothing of shared objects reads rows with them, and what it writes is taken for no one else's", () => {
  const storage = new CountedStorage();
  serve(storage, (data) => {
    data.list = [Buffer.from("ab"), { n: 1 }];
    data.last = data.list[1];
  });
  const key = "state:d1:/last";
  const row = storage.get(key) as Record<string, unknown>;
  assert.deepEqual([row["dormouse:buffers"], row.value], [[], { n: 1 }]);
  assert.deepEqual((storage.get("state:d1:/list") as Record<string, unknown>)["dormouse:buffers"], [
    [0],
  ]);
  storage.put(key, { n: 2 });
  const { list, last } = serve(storage);
  assert.deepEqual([list[1], last], [{ n: 1 }, { n: 2 }]);
});

test("what is wiped is shared again, whether it had been read or not", () => {
  const storage = new CountedStorage();
  const prepare = (data: Data): void => {
    data.list = [{}];
    data.last = data.list[0];
  };
  serve(storage, prepare);
  const isShared = ({ list, last }: Data): boolean => list[0] === last;
  serve(storage);
  storage.wipe();
  assert.ok(isShared(serve(storage)));
  serve(storage, (data) => void data.last);
  storage.wipe();
  assert.ok(isShared(serve(storage)));
});

test("random programs find the same objects in the same places as without sleeps and replays", async (context) => {
  const seed = Number(process.env.DORMOUSE_SOAK_SEED ?? performance.timeOrigin % 2 ** 31);
  context.diagnostic(`seed ${seed}`);
  const runs = process.env.DORMOUSE_LONG === undefined ? 50 : 10_000;
  for (let run = 0; run < runs; run++) {
    new Program(seed + run).run(60);
    // The servers of before can go.
    await settle();
  }
});
