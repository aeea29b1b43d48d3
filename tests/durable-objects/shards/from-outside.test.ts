// What comes to sleeping shards from outside: emitters, and what no shard sends.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Socket as ClientSocket } from "socket.io-client";
import { keyOf, rendezvous } from "../../../glue/adapter/shards/placement/placement.ts";
import { next } from "../../support/stock-client.ts";
import { ROOMS, record, ShardsOfFile, settled, until } from "./support.ts";

const shards = new ShardsOfFile();

/** An emitter with the option `shards` emits to each of the rooms, and ends who is there if that is wanted. */
async function burst(rooms: string[], end = ""): Promise<void> {
  const query = new URLSearchParams({ server: shards.server.nameOf(0), end });
  for (const room of rooms) query.append("room", room);
  await fetch(`${shards.worker.url}/burst?${query}`);
}

describe("from outside", () => {
  for (const query of ["", "&direct"]) {
    test(`an emitter reaches all shards by one of them${query && ", its first room's home"}`, async () => {
      const [a, b, c] = await shards.asleep(["x"], ["x"], []);
      const got = record({ a, b, c });
      for (const [name, client] of Object.entries({ a, b, c })) {
        client.on("ready?", (answer) => answer(name));
      }
      const response = await fetch(
        `${shards.worker.url}/emit?server=${encodeURIComponent(shards.server.nameOf(0))}${query}`,
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
    const [, b] = await shards.asleep([], ROOMS, []);
    for (const room of ROOMS) {
      const home = rendezvous(keyOf("/", room), 3);
      const heard = next(b, "burst");
      const { called: before } = await shards.server.book();
      await burst([room]);
      assert.deepEqual(await heard, [room]);
      const { called } = await shards.server.book();
      const callsOfShard = (shard: number) => {
        const name = shards.server.nameOf(shard);
        return (called[name] ?? 0) - (before[name] ?? 0);
      };
      // The member's shard is called by the home.
      const expected = [0, 1, 2].map((shard) => (shard === home || shard === 1 ? 1 : 0));
      assert.deepEqual([0, 1, 2].map(callsOfShard), expected, room);
    }
  });

  test("an emitter that knows of the shards keeps its order over many rooms", async () => {
    const [, b, c] = await shards.asleep([], ROOMS, ROOMS);
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
    const [, b, c] = await shards.asleep();
    const inTeam = await Promise.all(
      [b, c].map(async (client) => {
        const socket = client.io.socket("/team-7");
        await next(socket, "connect");
        return socket;
      }),
    );
    await shards.server.sleep();
    const got = record(Object.fromEntries(inTeam.entries()));
    for (const [name, socket] of inTeam.entries()) {
      socket.on("ready?", (answer) => answer(name));
    }
    const query = new URLSearchParams({ server: shards.server.nameOf(0), nsp: "/team-7" });
    const response = await fetch(`${shards.worker.url}/emit?${query}`);
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
    const [a, b] = await shards.asleep(["x"], ["x"]);
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
      const url = `${shards.worker.url}/message?server=${encodeURIComponent(shards.server.nameOf(0))}`;
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

for (const nsp of ["/", "/team-7"]) {
  test(`who awaits what an emitter emits to ${nsp} hears which shard has not got it; the others have`, async () => {
    shards.makeServer();
    const clients = [await shards.server.join(1), await shards.server.join(2)];
    const [b, c] = clients.map((client) => client.io.socket(nsp)) as [ClientSocket, ClientSocket];
    await Promise.all(
      [b, c].map((socket) => (socket.connected ? undefined : next(socket, "connect"))),
    );
    const got = record({ b, c });
    const name = shards.server.nameOf(1);
    await shards.server.fail(1, "throw", 1000);
    assert.match(await shards.server.emit(nsp, "said"), new RegExp(`not all .* ${name}: throw`));
    await until(() => got.c?.length === 1);
    assert.deepEqual(got.b, []);
    await shards.server.fail(1, "", 0);
    assert.equal(await shards.server.emit(nsp, "said"), "sent");
    await until(() => got.b?.length === 1);
  });
}
