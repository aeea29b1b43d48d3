// One server over three objects, asleep before what is tested: what reaches whom, and in what order.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Socket as ClientSocket } from "socket.io-client";
import { hash } from "../../../glue/adapter/shards/placement/placement.ts";
import { ask, next } from "../../support/stock-client.ts";
import { ROOMS, record, ShardsOfFile, type Step, settled, sorted, until } from "./support.ts";

const shards = new ShardsOfFile();

describe("broadcasts", () => {
  test("reach everybody, members of a room, one socket, wherever they are", async () => {
    const [a, b, c] = await shards.asleep(["x"], ["x"], ["y"]);
    const got = record({ a, b, c });
    await shards.server.act(
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
    await shards.server.act(a, [["emit", ["end"]]]);
    await until(() => Object.values(got).every((list) => list.at(-1)?.[0] === "end"));
    const all = ["all", 1, { bytes: "none" }];
    assert.deepEqual(sorted(got.a), sorted([all, ["x", 1], ["some"], ["here"], ["end"]]));
    assert.deepEqual(sorted(got.b), sorted([all, ["x", 1], ["others"], ["end"]]));
    assert.deepEqual(sorted(got.c), sorted([all, ["some"], ["you"], ["others"], ["end"]]));
  });
});

describe("rooms that are no text", () => {
  test("have members on all shards, and disturb nothing that is sent in the same turn", async () => {
    const [a, b, c] = await shards.asleep();
    const got = record({ b, c });
    await Promise.all([ask(b, "join odd rooms"), ask(c, "join odd rooms")]);
    const [count] = await ask(a, "emit to odd rooms");
    await shards.server.act(a, [["emit", ["end"]]]);
    await until(() => Object.values(got).every((list) => list.at(-1)?.[0] === "end"));
    const odd = Array.from({ length: Number(count) }, (_, number) => ["odd", number]);
    const turn = ["in the same turn"];
    assert.deepEqual(sorted(got.b), sorted([turn, turn, ...odd, ["end"]]));
    assert.deepEqual(sorted(got.c), sorted([turn, turn, ...odd, ["end"]]));
  });
});

describe("broadcasts", () => {
  test("wake the shards that have members, and no others; a home that finds nobody forgets", async () => {
    const [a, b] = await shards.asleep([], ["x"], []);
    const before = (await shards.server.book()).started;
    const heard = next(b, "x");
    await shards.server.act(a, [
      ["to", ["x"]],
      ["emit", ["x"]],
    ]);
    await heard;
    const { started } = await shards.server.book();
    const woken = [0, 1, 2].filter((shard) => {
      const name = shards.server.nameOf(shard);
      return started[name] !== before[name];
    });
    // The third may be the home of the room.
    assert.ok(woken.includes(0) && woken.includes(1), String(woken));
    await shards.server.act(b, [
      ["socket", []],
      ["leave", ["x"]],
    ]);
    await settled();
    await shards.server.act(a, [
      ["to", ["x"]],
      ["emit", ["x"]],
    ]);
    await settled();
    // The home's own, once it has forgotten.
    await untilSo(async () => {
      const calls = await callsOf(() =>
        shards.server.act(a, [
          ["to", ["x"]],
          ["emit", ["x"]],
        ]),
      );
      return calls <= 1;
    });
    // Whoever joins after that is found again.
    await shards.server.act(b, [
      ["socket", []],
      ["join", ["x"]],
    ]);
    const again = next(b, "x");
    await shards.server.act(a, [
      ["to", ["x"]],
      ["emit", ["x", 2]],
    ]);
    assert.deepEqual(await again, [2]);
  });

  test("of one turn travel together, in their order; nothing is called while nothing is sent", async () => {
    const [a, b, c] = await shards.asleep();
    const got = record({ b, c });
    const calls = await callsOf(async () => {
      await shards.server.act(a, [
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
    const [a, b, c] = await shards.asleep([], ["x"], ["x"]);
    const got = record({ b, c });
    const gone = Promise.all([b, c].map((client) => next(client, "disconnect")));
    await shards.server.act(
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
    const [a, b, c] = await shards.asleep([], NAMES, [...NAMES, "x"]);
    const got = record({ a, b, c });
    await shards.server.act(
      a,
      ...NAMES.map((room): Step[] => [
        ["to", [room]],
        ["emit", [room]],
      ]),
    );
    const expected = sorted(NAMES.map((room) => [room]));
    await until(() => [got.b, got.c].every((list) => list?.length === NAMES.length));
    assert.deepEqual([got.a, sorted(got.b), sorted(got.c)], [[], expected, expected]);
    const { started } = await shards.server.book();
    const own = Object.keys(started).filter(
      (name) => name.split("/")[0] === shards.server.nameOf(0),
    );
    assert.deepEqual(own.sort(), [0, 1, 2].map(shards.server.nameOf));
  });

  test("that are other clients' ids reach their members, beside the client itself", async () => {
    const [a, b, c] = await shards.asleep();
    await ask(b, "join", [c.id]);
    await shards.server.sleep();
    const got = record({ a, b, c });
    await shards.server.act(a, [
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
    const [a, b, c] = await shards.asleep(["kept"], ["kept", ...ROOMS], []);
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
    await shards.server.act(a, ...steps);
    await until(() => got.b?.length === steps.length);
  });
});

describe("namespaces", () => {
  test("each has its own members, dynamic ones too", async () => {
    const [a, b, c] = await shards.asleep();
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
    await shards.server.sleep();
    await shards.server.act(
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
    [0, 1, 2].reduce((total, shard) => total + (called[shards.server.nameOf(shard)] ?? 0), 0);
  const before = sum((await shards.server.book()).called);
  await run();
  return sum((await shards.server.book()).called) - before;
}
