// One server over three objects, asleep before what is tested: what reaches whom, and in what order.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { Socket as ClientSocket } from "socket.io-client";
import { hash, keyOf, rendezvous } from "../../../glue/adapter/shards/placement/placement.ts";
import type { RunningWorker } from "../../support/miniflare.ts";
import { ask, next } from "../../support/stock-client.ts";
import { makeServer, record, type SpreadServer, type Step, startShards, until } from "./support.ts";

let worker: RunningWorker;
let server: SpreadServer;

before(async () => {
  worker = await startShards();
});

after(() => worker.stop());
afterEach(() => server.close());

/** A client on each shard, in these rooms. */
async function three(...rooms: string[][]): Promise<[ClientSocket, ClientSocket, ClientSocket]> {
  server = makeServer(worker);
  const clients = await Promise.all(
    [0, 1, 2].map((shard) => server.join(shard, ...(rooms[shard] ?? []))),
  );
  await server.sleep();
  return clients as [ClientSocket, ClientSocket, ClientSocket];
}

/** Rooms enough for each shard to be the home of some. */
const ROOMS = Array.from({ length: 8 }, (_, number) => `room ${number}`);

/** An emitter with the option `shards` emits to each of the rooms, and ends who is there if that is wanted. */
async function burst(rooms: string[], end = ""): Promise<void> {
  const query = new URLSearchParams({ server: server.nameOf(0), end });
  for (const room of rooms) query.append("room", room);
  await fetch(`${worker.url}/burst?${query}`);
}

describe("broadcasts", () => {
  test("reach everybody, members of a room, one socket, wherever they are", async () => {
    const [a, b, c] = await three(["x"], ["x"], ["y"]);
    const got = record({ a, b, c });
    await server.act(
      a,
      [["emit", ["all", 1, { bytes: "none" }]]],
      [
        ["to", ["x"]],
        ["emit", ["x", 1]],
      ],
      [
        ["to", [["x", "y"]]],
        ["except", [b.id]],
        ["emit", ["some"]],
      ],
      [
        ["to", [c.id]],
        ["emit", ["you"]],
      ],
      [
        ["to", ["nobody"]],
        ["emit", ["nothing"]],
      ],
      [
        ["local", []],
        ["emit", ["here"]],
      ],
      [
        ["socket", []],
        ["broadcast", []],
        ["emit", ["others"]],
      ],
    );
    await server.act(a, [["emit", ["end"]]]);
    await until(() => Object.values(got).every((list) => list.at(-1)?.[0] === "end"));
    const all = ["all", 1, { bytes: "none" }];
    assert.deepEqual(sorted(got.a), sorted([all, ["x", 1], ["some"], ["here"], ["end"]]));
    assert.deepEqual(sorted(got.b), sorted([all, ["x", 1], ["others"], ["end"]]));
    assert.deepEqual(sorted(got.c), sorted([all, ["some"], ["you"], ["others"], ["end"]]));
  });
});

describe("rooms that are no text", () => {
  test("have members on all shards, and disturb nothing that is sent in the same turn", async () => {
    const [a, b, c] = await three();
    const got = record({ b, c });
    await Promise.all([ask(b, "join odd rooms"), ask(c, "join odd rooms")]);
    const [count] = await ask(a, "emit to odd rooms");
    await server.act(a, [["emit", ["end"]]]);
    await until(() => Object.values(got).every((list) => list.at(-1)?.[0] === "end"));
    const odd = Array.from({ length: Number(count) }, (_, number) => ["odd", number]);
    const turn = ["in the same turn"];
    assert.deepEqual(sorted(got.b), sorted([turn, turn, ...odd, ["end"]]));
    assert.deepEqual(sorted(got.c), sorted([turn, turn, ...odd, ["end"]]));
  });
});

describe("broadcasts", () => {
  test("wake the shards that have members, and no others; a home that finds nobody forgets", async () => {
    const [a, b] = await three([], ["x"], []);
    const before = (await server.book()).started;
    const heard = next(b, "x");
    await server.act(a, [
      ["to", ["x"]],
      ["emit", ["x"]],
    ]);
    await heard;
    const { started } = await server.book();
    const woken = [0, 1, 2].filter((shard) => {
      const name = server.nameOf(shard);
      return started[name] !== before[name];
    });
    // The third may be the home of the room.
    assert.ok(woken.includes(0) && woken.includes(1), String(woken));
    await server.act(b, [
      ["socket", []],
      ["leave", ["x"]],
    ]);
    await settled();
    await server.act(a, [
      ["to", ["x"]],
      ["emit", ["x"]],
    ]);
    await settled();
    // The home's own, once it has forgotten.
    await untilSo(async () => {
      const calls = await callsOf(() =>
        server.act(a, [
          ["to", ["x"]],
          ["emit", ["x"]],
        ]),
      );
      return calls <= 1;
    });
    // Whoever joins after that is found again.
    await server.act(b, [
      ["socket", []],
      ["join", ["x"]],
    ]);
    const again = next(b, "x");
    await server.act(a, [
      ["to", ["x"]],
      ["emit", ["x", 2]],
    ]);
    assert.deepEqual(await again, [2]);
  });

  test("of one turn travel together, in their order; nothing is called while nothing is sent", async () => {
    const [a, b, c] = await three();
    const got = record({ b, c });
    const calls = await callsOf(async () => {
      await server.act(a, [
        ["socket", []],
        ["emitMany", [100]],
      ]);
      await until(() => Object.values(got).every((list) => list.length === 100));
    });
    for (const list of Object.values(got)) {
      assert.deepEqual(
        list.map(([, number]) => number),
        Array.from({ length: 100 }, (_, n) => n),
      );
    }
    // One to the home unless it is the emitter, one to each of the others.
    assert.ok(calls <= 3, `${calls} calls`);
    assert.equal(await callsOf(settled), 0);
  });

  test("a farewell comes before the end, a join before the welcome", async () => {
    const [a, b, c] = await three([], ["x"], ["x"]);
    const got = record({ b, c });
    const gone = Promise.all([b, c].map((client) => next(client, "disconnect")));
    await server.act(
      a,
      [
        ["in", ["x"]],
        ["socketsJoin", ["new"]],
      ],
      [
        ["to", ["new"]],
        ["emit", ["welcome"]],
      ],
      [["emit", ["bye"]]],
      [
        ["in", ["new"]],
        ["disconnectSockets", []],
      ],
    );
    assert.deepEqual(
      (await gone).map(([reason]) => reason),
      Array(2).fill("io server disconnect"),
    );
    // Of different rooms either may come first.
    assert.deepEqual([sorted(got.b), sorted(got.c)], Array(2).fill(['["bye"]', '["welcome"]']));
  });
});

describe("rooms with names of clients' choosing", () => {
  /** Like an id, as whoever has read the source can make it without the server's key. */
  const likeId = (letters: string): string => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const sum = hash(letters);
    return letters + [12, 6, 0].map((shift) => alphabet[(sum >> shift) & 63]).join("");
  };
  const NAMES = ["__", "A9", "BA", "zz"].map((shard) => likeId(`abcdefghijklmno${shard}`));

  test("that look like ids of shards that there are not: they work, and make no object", async () => {
    const [a, b, c] = await three([], NAMES, [...NAMES, "x"]);
    const got = record({ a, b, c });
    await server.act(
      a,
      ...NAMES.map((room): Step[] => [
        ["to", [room]],
        ["emit", [room]],
      ]),
    );
    const expected = sorted(NAMES.map((room) => [room]));
    await until(() => [got.b, got.c].every((list) => list?.length === NAMES.length));
    assert.deepEqual([got.a, sorted(got.b), sorted(got.c)], [[], expected, expected]);
    const { started } = await server.book();
    const own = Object.keys(started).filter((name) => name.split("/")[0] === server.nameOf(0));
    assert.deepEqual(own.sort(), [0, 1, 2].map(server.nameOf));
  });

  test("that are other clients' ids reach their members, beside the client itself", async () => {
    const [a, b, c] = await three();
    await ask(b, "join", [c.id]);
    await server.sleep();
    const got = record({ a, b, c });
    await server.act(a, [
      ["to", [c.id]],
      ["emit", ["you"]],
    ]);
    await until(() => got.b?.length === 1 && got.c?.length === 1);
    assert.deepEqual(got, { a: [], b: [["you"]], c: [["you"]] });
  });
});

describe("what comes and goes", () => {
  /** In how many rooms shards have members, as the homes' storage says. */
  async function countRows(clients: ClientSocket[]): Promise<number> {
    const answers = await Promise.all(clients.map((client) => ask(client, "rows")));
    return answers.flat().reduce((sum: number, rows) => sum + (rows as number), 0);
  }

  test("leaves few rows behind, however many rooms and namespaces it was, and those with members stay", async () => {
    const [a, b, c] = await three(["kept"], ["kept", ...ROOMS], []);
    const fewest = await countRows([a, b, c]);
    for (let round = 0; round < 3; round++) {
      const names = Array.from({ length: 200 }, (_, number) => `${round}, ${number}`);
      await ask(b, "join", names);
      await untilSo(async () => (await countRows([a, b, c])) > fewest + 100);
      await Promise.all(names.map((name) => ask(b, "leave", name)));
    }
    for (let round = 0; round < 3; round++) {
      const teams = Array.from({ length: 90 }, (_, number) =>
        b.io.socket(`/team-${round}${number}`),
      );
      await Promise.all(teams.map((team) => next(team, "connect")));
      for (const team of teams) team.disconnect();
    }
    await untilSo(async () => (await countRows([a, b, c])) <= fewest + 200);
    const got = record({ b });
    const steps = [...ROOMS, "0, 0"].map((room): Step[] => [
      ["to", [room]],
      ["emit", [room]],
    ]);
    await ask(b, "join", ["0, 0"]);
    await server.act(a, ...steps);
    await until(() => got.b?.length === steps.length);
  });
});

describe("questions", () => {
  test("acknowledgements of clients on all shards, or of those in time", async () => {
    const [a, b, c] = await three([], ["x"], ["x"]);
    for (const client of [a, b]) client.on("ready?", (answer) => answer(client === a ? "a" : "b"));
    c.once("ready?", (answer) => answer("c"));
    const timed = (timeout: number, room?: string) =>
      [
        ...(room === undefined ? [] : [["to", [room]]]),
        ["timeout", [timeout]],
        ["emitWithAck", ["ready?"]],
      ] as [string, unknown[]][];
    const [all] = await server.act(a, timed(8_000));
    assert.deepEqual((all as string[]).sort(), ["a", "b", "c"]);
    await server.sleep();
    assert.deepEqual(await server.act(a, timed(2_000, "x"), timed(8_000, "nobody")), [
      { error: "operation has timed out", responses: ["b"] },
      [],
    ]);
  });

  test("a client has the whole time to answer, however far away its shard is", async () => {
    const [a, b, c] = await three([], ["x"], ["x"]);
    b.on("ready?", (answer) => answer("b"));
    c.on("ready?", () => {});
    const steps = [
      ["to", ["x"]],
      ["timeout", [500]],
      ["emitWithAck", ["ready?"]],
    ] as [string, unknown[]][];
    await server.fail(2, "late");
    assert.deepEqual(await server.act(a, steps), [
      { error: "operation has timed out", responses: ["b"] },
    ]);
    // From outside.
    await server.fail(2, "late");
    const call = { kind: "broadcastWithAck", namespace: "/", rooms: ["x"], except: [], flags: {} };
    const message = { version: 1, calls: [{ ...call, data: ["ready?"], timeout: 500 }] };
    const query = new URLSearchParams({ server: server.nameOf(0) });
    const body = JSON.stringify(message);
    const response = await fetch(`${worker.url}/message?${query}`, { method: "POST", body });
    assert.deepEqual(await response.json(), [
      { value: { clients: 2, responses: ["b"], failures: [] } },
    ]);
  });

  test("sockets of all shards, with what is known of them", async () => {
    const [a, b, c] = await three(["x"], ["x"], []);
    const details = (client: ClientSocket, shard: number, ...rooms: string[]) => ({
      id: client.id,
      rooms: [client.id, ...rooms],
      data: { shard: server.nameOf(shard) },
      shard: String(shard),
    });
    const [all, some, one, ids, count] = await server.act(
      a,
      [["fetchSockets", []]],
      [
        ["in", ["x"]],
        ["except", [a.id]],
        ["fetchSockets", []],
      ],
      [
        ["in", [c.id]],
        ["fetchSockets", []],
      ],
      [["allSockets", []]],
      [
        ["sockets", []],
        ["adapter", []],
        ["serverCount", []],
      ],
    );
    const inOrder = [details(a, 0, "x"), details(b, 1, "x"), details(c, 2)];
    const byShard = (list: unknown) =>
      (list as { shard: string }[]).sort((x, y) => x.shard.localeCompare(y.shard));
    assert.deepEqual(byShard(all), inOrder);
    assert.deepEqual(some, [details(b, 1, "x")]);
    assert.deepEqual(one, [details(c, 2)]);
    assert.deepEqual((ids as string[]).sort(), [a.id, b.id, c.id].sort());
    assert.equal(count, 3);
  });

  test("events for the other servers, with answers and without", async () => {
    const [a, b, c] = await three();
    const got = record({ a, b, c });
    const [names] = await server.act(
      a,
      [["serverSideEmitWithAck", ["who?"]]],
      [["serverSideEmit", ["hello", "x"]]],
    );
    assert.deepEqual((names as string[]).sort(), [1, 2].map(server.nameOf).sort());
    await until(() => got.b?.length === 1 && got.c?.length === 1);
    assert.deepEqual(got, {
      a: [],
      b: [["server heard", server.nameOf(1), "x"]],
      c: [["server heard", server.nameOf(2), "x"]],
    });
  });

  test("remote sockets are emitted to, moved and disconnected", async () => {
    const [a, b] = await three();
    const got = record({ b });
    const gone = next(b, "disconnect");
    b.on("ready?", (answer) => answer("yes"));
    const answers = await server.act(
      a,
      [
        ["in", [b.id]],
        ["remote", ["join", "new"]],
      ],
      [
        ["to", ["new"]],
        ["emit", ["in new"]],
      ],
      [
        ["in", [b.id]],
        ["remote", ["leave", "new"]],
      ],
      [
        ["to", ["new"]],
        ["emit", ["not in new"]],
      ],
      [
        ["in", [b.id]],
        ["remoteAsk", ["ready?"]],
      ],
      [
        ["in", [b.id]],
        ["remote", ["disconnect", true]],
      ],
    );
    await gone;
    assert.equal(answers[4], "yes");
    assert.deepEqual(
      got.b?.map(([name]) => name),
      ["in new", "ready?"],
    );
  });
});

describe("from outside", () => {
  for (const query of ["", "&direct"]) {
    test(`an emitter reaches all shards by one of them${query && ", its first room's home"}`, async () => {
      const [a, b, c] = await three(["x"], ["x"], []);
      const got = record({ a, b, c });
      for (const [name, client] of Object.entries({ a, b, c })) {
        client.on("ready?", (answer) => answer(name));
      }
      const response = await fetch(
        `${worker.url}/emit?server=${encodeURIComponent(server.nameOf(0))}${query}`,
      );
      const { sockets, answers } = (await response.json()) as Record<string, string[]>;
      assert.deepEqual(sockets?.sort(), [a.id, b.id, c.id].sort());
      assert.deepEqual(answers?.sort(), ["a", "b", "c"]);
      assert.deepEqual(
        Object.values(got).map((list) => list[0]?.[0]),
        ["from outside", "from outside", "ready?"],
      );
    });
  }

  test("an emitter that knows of the shards calls its room's home, and the first shard no more", async () => {
    const [, b] = await three([], ROOMS, []);
    for (const room of ROOMS) {
      const home = rendezvous(keyOf("/", room), 3);
      const heard = next(b, "burst");
      const { called: before } = await server.book();
      await burst([room]);
      assert.deepEqual(await heard, [room]);
      const { called } = await server.book();
      const callsOfShard = (shard: number) => {
        const name = server.nameOf(shard);
        return (called[name] ?? 0) - (before[name] ?? 0);
      };
      // The member's shard is called by the home.
      const expected = [0, 1, 2].map((shard) => (shard === home || shard === 1 ? 1 : 0));
      assert.deepEqual([0, 1, 2].map(callsOfShard), expected, room);
    }
  });

  test("an emitter that knows of the shards keeps its order over many rooms", async () => {
    const [, b, c] = await three([], ROOMS, ROOMS);
    const got = record({ b, c });
    const gone = Promise.all([next(b, "disconnect"), next(c, "disconnect")]);
    await burst([...ROOMS, ...ROOMS], "end");
    await gone;
    // The farewells come before the end.
    const all = [...ROOMS, ...ROOMS].sort();
    for (const list of Object.values(got))
      assert.deepEqual(list.map(([, room]) => room).sort(), all);
  });

  test("an emitter reaches a dynamic namespace that the shard it calls does not have", async () => {
    const [, b, c] = await three();
    const inTeam = await Promise.all(
      [b, c].map(async (client) => {
        const socket = client.io.socket("/team-7");
        await next(socket, "connect");
        return socket;
      }),
    );
    await server.sleep();
    const got = record(Object.fromEntries(inTeam.entries()));
    for (const [name, socket] of inTeam.entries()) {
      socket.on("ready?", (answer) => answer(name));
    }
    const query = new URLSearchParams({ server: server.nameOf(0), nsp: "/team-7" });
    const response = await fetch(`${worker.url}/emit?${query}`);
    const { sockets, answers } = (await response.json()) as Record<string, (string | number)[]>;
    assert.deepEqual(sockets?.sort(), inTeam.map(({ id }) => id).sort());
    assert.deepEqual(answers?.sort(), [0, 1]);
    const names = Object.values(got).map((list) => list.map(([name]) => name));
    assert.deepEqual(names, [
      ["from outside", "ready?"],
      ["from outside", "ready?"],
    ]);
  });

  test("what no shard sends is refused as a whole, and disturbs nobody", async () => {
    const [a, b] = await three(["x"], ["x"]);
    const got = record({ a, b });
    const call = {
      kind: "broadcast",
      namespace: "/",
      rooms: [],
      except: [],
      flags: {},
      data: ["good"],
    };
    const origin = { shard: 1, life: "life", channel: 0, number: 1 };
    const good = { kind: "deliver", origin, call };
    const refused: [object, RegExp][] = [
      [{ version: 2, from: 1, parts: [good] }, /version/],
      [{ version: 1, from: -1, parts: [good] }, /no shard/],
      [{ version: 1, from: 4096, parts: [good] }, /no shard/],
      [{ version: 1, from: 1, parts: {} }, /at most/],
      [{ version: 1, from: 1, parts: Array(10_001).fill({ kind: "homes" }) }, /at most/],
      ...[
        null,
        { kind: "toString" },
        { ...good, origin: { ...origin, shard: "1" } },
        { ...good, origin: { ...origin, channel: -2 } },
        { ...good, origin: { ...origin, life: "x".repeat(81) } },
        { ...good, origin: { ...origin, isEmitters: 1 } },
        { ...good, origin: { ...origin, number: 1.5 } },
        { kind: "announce", namespace: "x", room: "a" },
        { kind: "announce", namespace: "/", room: { a: 1 } },
        { kind: "withdraw", namespace: "x", rooms: ["a"] },
        { kind: "withdraw", namespace: "/", rooms: "a" },
        { kind: "withdraw", namespace: "/", rooms: [null, {}] },
      ].map((part): [object, RegExp] => [
        { version: 1, from: 1, parts: [good, part] },
        /a part that no shard sends/,
      ]),
      [
        { version: 1, from: 1, parts: [good, { ...good, call: { ...call, data: [] } }] },
        /wrong "data"/,
      ],
    ];
    const post = async (message: object) => {
      const url = `${worker.url}/message?server=${encodeURIComponent(server.nameOf(0))}`;
      return (await fetch(url, { method: "POST", body: JSON.stringify(message) })).json();
    };
    for (const [message, why] of refused) assert.match(String(await post(message)), why);
    const answer = await post({ version: 1, from: 1, parts: [good, good] });
    assert.deepEqual(answer, [{ value: { empty: [] } }, { value: { empty: [] } }]);
    await until(() => got.a?.length === 1);
    await settled();
    // The same number twice is the same call.
    assert.deepEqual(got, { a: [["good"]], b: [] });
  });
});

describe("namespaces", () => {
  test("each has its own members, dynamic ones too", async () => {
    const [a, b, c] = await three();
    const [inAdmin, inTeam, inOther] = (await Promise.all(
      [
        [b, "/admin"],
        [c, "/team-1"],
        [b, "/team-2"],
      ].map(async ([client, name]) => {
        const socket = (client as ClientSocket).io.socket(name as string);
        await next(socket, "connect");
        return socket;
      }),
    )) as [ClientSocket, ClientSocket, ClientSocket];
    const got = record({ a, b, c, inAdmin, inTeam, inOther });
    await server.sleep();
    await server.act(
      a,
      [
        ["of", ["/admin"]],
        ["emit", ["to admins"]],
      ],
      [
        ["of", ["/team-1"]],
        ["to", [inTeam.id]],
        ["emit", ["to the team"]],
      ],
      [["emit", ["to all"]]],
    );
    await until(() =>
      ["a", "b", "c", "inAdmin", "inTeam"].every((name) => got[name]?.length === 1),
    );
    await settled();
    const all = [["to all"]];
    const [admins, team] = [[["to admins"]], [["to the team"]]];
    assert.deepEqual(got, { a: all, b: all, c: all, inAdmin: admins, inTeam: team, inOther: [] });
  });
});

/** Calls under way are over, and what a home forgets is forgotten. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 100));
}

/** Asks again and again until it is so. */
async function untilSo(isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if (await isSo()) return;
    await settled();
  }
  assert.fail("waited in vain");
}

/** How many calls the server's objects get meanwhile. */
async function callsOf(run: () => Promise<unknown>): Promise<number> {
  const sum = (called: Record<string, number>) =>
    [0, 1, 2].reduce((total, shard) => total + (called[server.nameOf(shard)] ?? 0), 0);
  const before = sum((await server.book()).called);
  await run();
  return sum((await server.book()).called) - before;
}

function sorted(events: unknown[][] = []): string[] {
  return events.map((event) => JSON.stringify(event)).sort();
}
