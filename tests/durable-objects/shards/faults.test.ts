// Shards that fail: the others are served, nobody gets anything twice, and who asks hears what is missing.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { Socket as ClientSocket } from "socket.io-client";
import { PATIENCE } from "../../../glue/adapter/shards/delivery/calls-under-way.ts";
import { keyOf, rendezvous } from "../../../glue/adapter/shards/placement/placement.ts";
import type { RunningWorker } from "../../support/miniflare.ts";
import { ask, next } from "../../support/stock-client.ts";
import { makeServer, record, type SpreadServer, startShards, until } from "./support.ts";

let worker: RunningWorker;
let server: SpreadServer;

before(async () => {
  worker = await startShards();
});

after(() => worker.stop());
afterEach(() => server.close());

/** A client on each shard, all in the same rooms. */
async function three(...rooms: string[]): Promise<[ClientSocket, ClientSocket, ClientSocket]> {
  server = makeServer(worker);
  const clients = await Promise.all([0, 1, 2].map((shard) => server.join(shard, ...rooms)));
  return clients as [ClientSocket, ClientSocket, ClientSocket];
}

/** Rooms enough for each shard to be the home of some. */
const ROOMS = Array.from({ length: 12 }, (_, number) => `room ${number}`);

const emitToAll = (text: string) =>
  ROOMS.map((room): [string, unknown[]][] => [
    ["to", [room]],
    ["emit", [text, room]],
  ]);

const inEachRoom = (text: string) => ROOMS.map((room) => JSON.stringify([text, room])).sort();
const sorted = (events: unknown[][] = []) => events.map((event) => JSON.stringify(event)).sort();
const settled = () => new Promise((resolve) => setTimeout(resolve, 150));

for (const shard of [1, 2]) {
  test(`calls whose answer is lost are made again, and performed once (shard ${shard})`, async () => {
    const [a, b, c] = await three(...ROOMS);
    const got = record({ a, b, c });
    await server.fail(shard, "lost");
    await server.act(a, ...emitToAll("x"));
    await server.act(a, [["emit", ["end"]]]);
    const expected = [...inEachRoom("x"), '["end"]'].sort();
    await until(() => Object.values(got).every((list) => list.length >= expected.length));
    await settled();
    for (const list of Object.values(got)) assert.deepEqual(sorted(list), expected);
  });

  for (const kind of ["throw", "overloaded"]) {
    test(`the others are served while shard ${shard} fails (${kind})`, async () => {
      const [a, b, c] = await three(...ROOMS);
      const got = record({ a, b, c });
      await server.fail(shard, kind, 1000);
      await server.act(a, ...emitToAll("x"));
      const others = Object.entries(got).filter((_, index) => index !== shard);
      await until(() => others.every(([, list]) => list.length >= ROOMS.length));
      await settled();
      for (const [, list] of others) assert.deepEqual(sorted(list), inEachRoom("x"));
      if (kind !== "overloaded") return;
      // It is left alone for a while.
      const { called: before } = await server.book();
      await server.act(a, ...emitToAll("y"));
      await until(() => others.every(([, list]) => list.length >= 2 * ROOMS.length));
      const { called } = await server.book();
      assert.equal(called[server.nameOf(shard)], before[server.nameOf(shard)]);
    });
  }

  test(`who asks gets what there is, and hears that shard ${shard} failed`, async () => {
    const [a, b, c] = await three("x");
    for (const [name, client] of Object.entries({ a, b, c })) {
      client.on("ready?", (answer) => answer(name));
    }
    for (const kind of ["throw", "slow"]) {
      await server.fail(shard, kind, 1000);
      const [acks, names] = (await server.act(
        a,
        [
          ["timeout", [kind === "slow" ? 2500 : 8000]],
          ["emitWithAck", ["ready?"]],
        ],
        [["serverSideEmitWithAck", ["who?"]]],
      )) as { error: string; responses: string[] }[];
      const failed = new RegExp(server.nameOf(shard));
      assert.match(`${acks?.error}`, failed, kind);
      assert.deepEqual(
        acks?.responses.sort(),
        ["a", "b", "c"].filter((_, at) => at !== shard),
      );
      if (kind === "slow") continue;
      assert.match(`${names?.error}`, failed);
      const other = server.nameOf(shard === 1 ? 2 : 1);
      assert.deepEqual(names?.responses, [other]);
    }
    await server.fail(shard, "throw", 1000);
    const [sockets] = (await server.act(a, [["fetchSockets", []]])) as { error: string }[];
    assert.match(`${sockets?.error}`, new RegExp(server.nameOf(shard)));
    await server.fail(shard, "", 0);
  });
}

/** All that can be asked, each of its own. */
const QUESTIONS: [string, unknown[]][][] = [
  [
    ["timeout", [1_000]],
    ["emitWithAck", ["ready?"]],
  ],
  [
    ["to", [ROOMS]],
    ["timeout", [1_000]],
    ["emitWithAck", ["ready?"]],
  ],
  [["fetchSockets", []]],
  [
    ["in", [ROOMS]],
    ["fetchSockets", []],
  ],
  [["serverSideEmitWithAck", ["who?"]]],
];

/** What each question is answered by, where all are asked at the same time. */
async function askAll(client: ClientSocket): Promise<unknown[]> {
  const answers = await Promise.all(QUESTIONS.map((chain) => server.act(client, chain)));
  return answers.map(([answer]) => answer);
}

for (const shard of [1, 2]) {
  test(`an answer or an error comes in time, whatever shard ${shard} does not answer`, async () => {
    const [a, b, c] = await three(...ROOMS);
    for (const [name, client] of Object.entries({ a, b, c })) {
      client.on("ready?", (answer) => answer(name));
    }
    const name = server.nameOf(shard);
    await server.fail(shard, "never", 1_000);
    const names = new RegExp(name);
    for (const answer of await askAll(a)) assert.match(JSON.stringify(answer), names);
    // Something that everything else waits for, and that is never answered.
    await server.act(a, [["socketsJoin", ["y"]]]);
    const answers = (await askAll(a)) as { error?: string }[];
    for (const { error } of answers) assert.ok(error !== undefined);
    await server.fail(shard, "", 0);
    const got = record({ a, b, c });
    await server.act(a, [["emit", ["again"]]]);
    await until(() =>
      Object.values(got).every((list) => list.some(([event]) => event === "again")),
    );
    assert.deepEqual((await askAll(a)).length, QUESTIONS.length);
  });

  test(`the same if shard ${shard} ends between the question and the answer`, async () => {
    const [a, b, c] = await three(...ROOMS);
    for (const [name, client] of Object.entries({ a, b, c })) {
      client.on("ready?", (answer) => setTimeout(answer, 600, name));
    }
    const gone = next(shard === 1 ? b : c, "disconnect");
    await server.fail(shard, "ends");
    const answers = (await askAll(a)) as { error?: string; responses?: unknown[] }[];
    await gone;
    assert.equal(answers.length, QUESTIONS.length);
    for (const answer of answers) {
      // The clients of all others are there, and who asks is told if one was not.
      const list = Array.isArray(answer) ? answer : answer.responses;
      assert.ok(answer.error !== undefined || (list?.length ?? 0) >= 2, JSON.stringify(answer));
    }
  });
}

test("what waits for a shard that never answers is bounded: who asks behind it hears so, and the log", async () => {
  const [a, b] = await three("x");
  for (const client of [a, b]) client.on("ready?", (_text, answer) => answer());
  const got = record({ a });
  await server.fail(2, "never", 1_000);
  const [, , answer] = await server.act(
    a,
    [
      ["in", ["x"]],
      ["socketsJoin", ["y"]],
    ],
    [["emitMany", [12, 900_000]]],
    [
      ["timeout", [1000]],
      ["emitWithAck", ["ready?", "x".repeat(900_000)]],
    ],
  );
  assert.match((answer as { error: string }).error, /16 MiB wait/);
  await worker.logged(/what was sent before is still on its way, and 16 MiB wait for it/);
  // Clients here have all of it.
  await until(() => got.a?.filter(([event]) => event === "many").length === 12);
});

test("clients that do not answer hold up nothing else", async () => {
  const [a, b, c] = await three(...ROOMS);
  const got = record({ b, c });
  const asking = server.act(a, [
    ["timeout", [20_000]],
    ["emitWithAck", ["silence?"]],
  ]);
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  // The asking client leaves with this test, so that its question is never answered.
  asking.then(end, end);
  await server.act(a, [["socketsJoin", ["y"]]]);
  await server.act(a, [
    ["to", ["y"]],
    ["emit", ["welcome"]],
  ]);
  const isWelcome = (list: unknown[][]) => list.some(([event]) => event === "welcome");
  await until(() => Object.values(got).every(isWelcome));
  assert.equal(isOver, false);
});

describe("a message by way of a late home", () => {
  /** Of the three shards the second is the home of one room, the third of the other. */
  const [first, second] = [1, 2].map(
    (shard) => ROOMS.find((room) => rendezvous(keyOf("/", room), 3) === shard) as string,
  ) as [string, string];
  const toRoom = (room: string, number: number): [string, unknown[]][] => [
    ["to", [room]],
    ["emit", ["n", number]],
  ];
  const toServers = (number: number): [string, unknown[]][] => [
    ["serverSideEmit", ["hello", number]],
  ];
  /** Those that events have with them, whoever sent them on; an offset comes last. */
  const numbersOf = (list: unknown[][] = []) => {
    return list.map((values) => values.find((value) => typeof value === "number"));
  };

  test("comes before what its shard has sent later by other ways, as upstream's adapters have it", async () => {
    server = makeServer(worker);
    const a = await server.join(0);
    const [b, c] = (await Promise.all(
      [1, 2].map((shard) => server.join(shard, first, second)),
    )) as [ClientSocket, ClientSocket];
    const got = record({ b, c });
    await server.fail(1, "late");
    await server.act(
      a,
      toRoom(first, 1),
      toRoom(second, 2),
      toRoom(c.id as string, 3),
      [["emit", ["n", 4]]],
      toRoom(first, 5),
      toRoom(second, 6),
      toServers(7),
    );
    await until(() => got.b?.length === 6 && got.c?.length === 7);
    assert.deepEqual(Object.values(got).map(numbersOf), [
      [1, 2, 4, 5, 6, 7],
      [1, 2, 3, 4, 5, 6, 7],
    ]);
    // An emitter's calls, too.
    await server.fail(1, "late");
    const query = new URLSearchParams({ server: server.nameOf(0), end: "", plain: "" });
    for (const room of [first, second, c.id as string]) query.append("room", room);
    await fetch(`${worker.url}/burst?${query}`);
    await until(() => got.c?.length === 11);
    const rooms = got.c?.slice(7).filter(([name]) => name === "burst");
    assert.deepEqual(rooms, [
      ["burst", first],
      ["burst", second],
      ["burst", c.id],
    ]);
  });

  test("the same while all calls take their time, each another", async () => {
    server = makeServer(worker, 3, "RECOVERING");
    const a = await server.join(0);
    const c = await server.join(2, ...ROOMS);
    const got = record({ c });
    await server.delay(60);
    let sent = 0;
    for (let burst = 0; burst < 5; burst++) {
      // As many as are told of, and this one.
      const all = Array.from({ length: 17 }, (_, at) => toRoom(ROOMS[(at * 5) % 12] as string, at));
      all[3] = toRoom(c.id as string, 3);
      all[9] = [["emit", ["n", 9]]];
      for (const at of [6, 13]) all[at] = toServers(at);
      await server.act(a, ...all);
      sent += all.length;
      await until(() => got.c?.length === sent);
      assert.deepEqual(numbersOf(got.c?.slice(-all.length)), [...all.keys()]);
    }
    await server.delay(0);
  });

  test("holds up nobody for long, or who is not meant", async () => {
    server = makeServer(worker);
    const a = await server.join(0);
    const both = await server.join(2, first, second);
    const got = record({ both });
    await server.fail(1, "too late");
    await server.act(a, toRoom(first, 1), toRoom(second, 2), toRoom(second, 3));
    await until(() => got.both?.length === 3);
    assert.deepEqual(got.both, [
      ["n", 2],
      ["n", 3],
      ["n", 1],
    ]);
    await ask(both, "leave", first);
    // The home hears that nobody is there.
    await server.act(a, toRoom(first, 4));
    await settled();
    let quickest = Number.POSITIVE_INFINITY;
    // Whatever else the machine does, it is not as late as that each time.
    for (let received = 3; quickest >= PATIENCE && received < 8; received++) {
      await server.fail(1, "too late");
      const begun = performance.now();
      await server.act(a, toRoom(first, 5), toRoom(second, 6));
      await until(() => got.both?.length === received + 1);
      quickest = Math.min(quickest, performance.now() - begun);
    }
    assert.ok(quickest < PATIENCE, "it waited for what does not come");
  });
});

test("of rooms and namespaces that are announced while a call is under way all leave together", async () => {
  server = makeServer(worker);
  const a = await server.join(0);
  const c = await server.join(2);
  const rooms = Array.from({ length: 60 }, (_, number) => `new ${number}`);
  const teams = rooms.map((_, number) => `/team-${number}`);
  const homes = [
    ...rooms.map((room) => keyOf("/", room)),
    ...teams.map((team) => keyOf(team, null)),
  ];
  assert.ok(homes.filter((key) => rendezvous(key, 3) === 1).length > 20);
  await server.fail(1, "too late");
  const { called: before } = await server.book();
  await Promise.all([
    ...rooms.map((room) => ask(a, "join", room)),
    ...teams.map((team) => next(a.io.socket(team), "connect")),
  ]);
  const { called } = await server.book();
  const calls = (called[server.nameOf(1)] ?? 0) - (before[server.nameOf(1)] ?? 0);
  assert.ok(calls <= 5, `${calls} calls`);
  const got = record({ a });
  await server.act(
    c,
    ...rooms.map((room): [string, unknown[]][] => [
      ["to", [room]],
      ["emit", ["hello", room]],
    ]),
  );
  await until(() => got.a?.length === rooms.length);
});

test("a call that others have overtaken is performed all the same, once", async () => {
  const [a, b] = await three("x");
  const got = record({ b });
  const emit = (n: number): [string, unknown[]][] => [
    ["to", [b.id as string]],
    ["emit", ["n", n]],
  ];
  await server.fail(1, "overtaken");
  await server.act(a, emit(1), emit(2), emit(3));
  await until(() => got.b?.length === 3);
  await settled();
  assert.deepEqual(sorted(got.b), ['["n",1]', '["n",2]', '["n",3]']);
});

for (const kind of ["full", "limited"]) {
  test(`a shard that takes no more clients (${kind}): they get in elsewhere, and hear those in it`, async () => {
    server = makeServer(worker, 3, "CHAT", {
      reconnectionDelay: 20,
      reconnectionDelayMax: 40,
    });
    const there = await server.join(1, "x");
    await server.fail(0, kind);
    await server.fail(1, kind);
    // Whoever has to be there, hears that it cannot, and gets in when there is room.
    const bound = server.open(1);
    const [error] = (await next(bound, "connect_error")) as [Error];
    assert.equal(error.message, "websocket error");
    // Any other tries again, where it comes to.
    const others = Array.from({ length: 6 }, () => server.open(undefined));
    await Promise.all(others.map((client) => next(client, "connect")));
    const { refused } = await server.book();
    assert.ok((refused[server.nameOf(0)] ?? 0) + (refused[server.nameOf(1)] ?? 0) > 1);
    const got = record({ there, ...Object.fromEntries(others.entries()) });
    await server.act(there, [["emit", ["all"]]]);
    await until(() => Object.values(got).every((list) => list.length === 1));
    await server.act(others[0] as ClientSocket, [
      ["to", ["x"]],
      ["emit", ["x"]],
    ]);
    await until(() => got.there?.length === 2);
    const shards = (await server.act(there, [["fetchSockets", []]]))[0] as { data: object }[];
    const elsewhere = shards.filter(({ data }) => Object(data).shard === server.nameOf(2));
    assert.deepEqual([shards.length, elsewhere.length], [7, 6]);
    await server.fail(1, "", 0);
    await next(bound, "connect");
  });
}

/** The home of a room of the main namespace (`null`: of all of it), of three. */
function homeOf(room: string | null): number {
  return rendezvous(keyOf("/", room), 3);
}

/** A room whose home is this shard. */
function roomAt(home: number): string {
  const names = Array.from({ length: 100 }, (_, number) => `of its own ${number}`);
  return names.find((name) => homeOf(name) === home) as string;
}

/** Says something again and again, until the other has heard it. */
async function sayUntilHeard(
  speaker: ClientSocket,
  listener: ClientSocket,
  ...to: [string, unknown[]][]
): Promise<void> {
  const { got } = record({ got: listener });
  for (let number = 0; got?.length === 0; number++) {
    assert.ok(number < 100, "said in vain");
    await server.act(speaker, [...to, ["emit", ["number", number]]]);
    await settled();
  }
}

test("a room whose home could not be told of a member there gets everything once that home is well", async () => {
  const [a, b] = await three();
  const room = roomAt(2);
  const calls = async () => (await server.book()).called[server.nameOf(2)] ?? 0;
  const before = await calls();
  await server.fail(2, "throw", 1_000);
  b.emit("join", [room], () => {});
  // It gives up.
  while ((await calls()) < before + 5) await settled();
  await server.fail(2, "", 0);
  await sayUntilHeard(a, b, ["to", [room]]);
});

test("who comes while the home of all is not well hears all others once it is", async () => {
  const home = homeOf(null);
  const [here, there] = [0, 1, 2].filter((shard) => shard !== home) as [number, number];
  server = makeServer(worker);
  const speaker = await server.join(here);
  await server.fail(home, "throw", 1_000);
  const late = await server.join(there);
  await server.fail(home, "", 0);
  await sayUntilHeard(speaker, late);
});

test("a shard that does not hear in time where homes are takes no shard for one that is none", async () => {
  server = makeServer(worker);
  const room = roomAt(2);
  const b = await server.join(1, room);
  const got = record({ b });
  // It gets an emitter's call as the first, and asks shard 0.
  await server.fail(0, "slow");
  const query = new URLSearchParams({ server: server.nameOf(0), room, end: "" });
  await fetch(`${worker.url}/burst?${query}`);
  await until(() => got.b?.length === 1);
  await settled();
  assert.deepEqual(got.b, [["burst", room]]);
});

for (const [what, count, units] of [
  ["more than one call may hold", 12_000, 0],
  ["more bytes than a call may have", 45, 800_000],
] as const) {
  test(`what is sent in one turn is ${what}: all of it comes, once, in order`, async () => {
    const [a, ...others] = await three();
    const got = others.map((client) => {
      const numbers: number[] = [];
      client.on("many", (number) => numbers.push(number));
      return numbers;
    });
    // Its own connection is closed if more waits for it than `maxBufferedAmount` when the answer is to be sent.
    a.emit("do", [[["emitMany", [count, units]]]], () => {});
    await until(() => got.every(({ length }) => length >= count));
    await settled();
    const due = Array.from({ length: count }, (_, number) => number);
    for (const numbers of got) assert.deepEqual(numbers, due);
  });
}

test("a shard that was aborted loses its clients, and is reached again when they are back", async () => {
  const [a, b, c] = await three(...ROOMS);
  await server.act(a, ...emitToAll("before"));
  const back = next(b, "connect");
  b.emit("abort");
  await back;
  await ask(b, "join", ROOMS);
  const got = record({ a, b, c });
  await server.act(a, ...emitToAll("x"));
  await server.act(c, ...emitToAll("y"));
  const expected = [...inEachRoom("x"), ...inEachRoom("y")].sort();
  await until(() => Object.values(got).every((list) => list.length >= expected.length));
  for (const list of Object.values(got)) assert.deepEqual(sorted(list), expected);
});

test("an emitter's call during which its shard is aborted is made again, and performed once", async () => {
  server = makeServer(worker);
  const [b, c] = await Promise.all([1, 2].map((shard) => server.join(shard, ...ROOMS)));
  const got = record({ b, c } as Record<string, ClientSocket>);
  await server.fail(0, "aborted");
  const query = new URLSearchParams({ server: server.nameOf(0), end: "", plain: "" });
  for (const room of ROOMS) query.append("room", room);
  const { called: before } = await server.book();
  assert.equal((await fetch(`${worker.url}/burst?${query}`)).status, 204);
  await settled();
  const { called } = await server.book();
  const name = server.nameOf(0);
  assert.ok((called[name] ?? 0) - (before[name] ?? 0) >= 2);
  for (const [shard, list] of [got.b, got.c].entries()) {
    const heard = JSON.stringify(["server heard", server.nameOf(shard + 1), "outside"]);
    assert.deepEqual(sorted(list), [...inEachRoom("burst"), heard].sort());
  }
});

test("the application wipes its storage: homes know their members as before", async () => {
  const [a, b, c] = await three(...ROOMS);
  await server.sleep();
  for (const client of [a, b, c]) await ask(client, "wipe");
  await server.sleep();
  const got = record({ a, b, c });
  await server.act(a, ...emitToAll("x"));
  await until(() => Object.values(got).every((list) => list.length >= ROOMS.length));
  for (const list of Object.values(got)) assert.deepEqual(sorted(list), inEachRoom("x"));
});

test("what a client has made too long for a call disturbs nobody else's", async () => {
  const [a, b, c] = await three("x");
  const got = record({ b, c });
  const long = "r".repeat(20_000);
  const many = Array.from({ length: 20_000 }, (_, at) => `${at}`);
  const evil: [string, unknown[]][][] = [
    [
      ["to", [long]],
      ["emit", ["nobody"]],
    ],
    [
      ["except", [long]],
      ["emit", ["everybody"]],
    ],
    [
      ["to", [many]],
      ["emit", ["too many rooms"]],
    ],
    [["emit", ["too many arguments", ...many]]],
    [["serverSideEmit", [long]]],
  ];
  const results: unknown[] = [];
  for (const chain of evil) {
    // In one turn with what others say, and while it is on its way.
    const [asked, said] = [server.act(a, chain), server.act(a, [["emit", ["said"]]])];
    results.push(...((await asked) ?? []));
    await said;
  }
  const count = (list: unknown[][], name: string) =>
    list.filter(([event]) => event === name).length;
  await until(() => Object.values(got).every((list) => count(list, "said") === evil.length));
  for (const list of Object.values(got)) {
    assert.deepEqual([count(list, "everybody"), count(list, "nobody")], [1, 0]);
  }
  // Whoever has asked for too much is told.
  assert.equal(results.filter((result) => /at most 10000/.test(JSON.stringify(result))).length, 3);
});

test("a client that joins thousands of rooms with long names disturbs nobody else on several shards", async () => {
  const [a, b, c] = await three("x");
  const hostile = await server.join(1);
  const { called: before } = await server.book();
  // As many as there may be: of as long names as there may be, and of short ones.
  const long = Array.from({ length: 80 }, (_, at) => `${at}`.padEnd(8_000, "r"));
  const short = Array.from({ length: 9_000 }, (_, at) => `room ${at}`);
  let isOver = false;
  const joining = Promise.all(
    [...long, short].map((rooms) => ask(hostile, "join", [rooms].flat())),
  );
  joining.then(() => {
    isOver = true;
  });
  const got = record({ a, b, c });
  let rounds = 0;
  // Others go on meanwhile, in order.
  while (!isOver || rounds < 20) {
    await server.act([a, b, c][rounds % 3] as ClientSocket, [
      ["to", ["x"]],
      ["emit", ["round", rounds]],
    ]);
    rounds += 1;
    await until(() => Object.values(got).every((list) => list.length === rounds));
  }
  await joining;
  for (const list of Object.values(got)) {
    assert.deepEqual(
      list,
      Array.from({ length: rounds }, (_, at) => ["round", at]),
    );
  }
  // Homes are called a few times, not for each room.
  const { called } = await server.book();
  const calls = [0, 2].map((shard) => server.nameOf(shard));
  const more = calls.map((name) => (called[name] ?? 0) - (before[name] ?? 0));
  for (const count of more)
    assert.ok(count < 4 * rounds + 1_000, `${count} calls, ${rounds} rounds`);
  // Each of its rooms is reached from elsewhere.
  const heard = record({ hostile });
  const rooms = [long.at(-1), short.at(-1)] as string[];
  await server.act(
    c,
    ...rooms.map((room): [string, unknown[]][] => [
      ["to", [room]],
      ["emit", ["reached"]],
    ]),
  );
  await until(() => heard.hostile?.length === 2);
});
