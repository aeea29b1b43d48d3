/** What glue/engine/host/host.ts says of a host: one suite, run on all of them. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { io, type Socket } from "socket.io-client";
import { HOSTS, type Place, type TestedHost } from "./hosts.ts";

const PATIENCE = 60_000;
const HOSTS_AT_A_TIME = 4;
/** On each of them: most only wait, and all at once they would keep a busy machine from answering in time. */
const CONCURRENCY = 8;

/** What is to be scheduled: keys, what is told under them, and after how many milliseconds. */
function plan(...entries: readonly (readonly [string, string, number])[]): { plan: string } {
  return { plan: JSON.stringify(entries) };
}

describe("hosts", { concurrency: HOSTS_AT_A_TIME }, () => {
  for (const host of HOSTS) describe(host.name, { concurrency: CONCURRENCY }, () => testHost(host));
});

function testHost(host: TestedHost): void {
  let running: Awaited<ReturnType<TestedHost["start"]>>;
  const clients: Socket[] = [];
  before(async () => {
    running = await host.start();
  });
  after(async () => {
    for (const client of clients) client.disconnect();
    await running.stop();
  });

  const ask = async (place: Place, what: string, parameters: Record<string, string> = {}) => {
    const query = new URLSearchParams(parameters);
    const response = await fetch(`${place.url}${place.prefix}/probe/${what}?${query}`);
    assert.equal(response.status, 200, what);
    // biome-ignore lint/suspicious/noExplicitAny: what probes answer is what tests look at
    return (await response.json()) as any;
  };
  const connect = async (place: Place): Promise<Socket> => {
    const client = io(place.url, {
      path: `${place.prefix}/socket.io/`,
      transports: ["websocket"],
      forceNew: true,
      reconnection: false,
    });
    clients.push(client);
    const refused = once(client as never, "connect_error").then(([error]) => Promise.reject(error));
    await Promise.race([once(client as never, "connect"), refused]);
    refused.catch(() => {});
    return client;
  };

  test("the clock is the wall's, in milliseconds", async () => {
    const place = await running.place("clock");
    const start = Date.now();
    const { host: now, own } = await ask(place, "clock");
    // One was read after the other.
    assert.ok(own >= now && own - now < 1_000);
    assert.equal(Number.isInteger(now), true);
    assert.ok(now >= start - 1_000 && now <= Date.now() + 1_000);
  });

  test("random bytes are random", async () => {
    const place = await running.place("random");
    const all = [...(await ask(place, "random")), ...(await ask(place, "random"))];
    assert.equal(new Set(all).size, 4);
  });

  test("deadlines: each rings in its time, in order; moved, cleared and insisting ones as told", async () => {
    const place = await running.place("deadlines");
    await ask(place, "deadlines", {
      plan: JSON.stringify({ late: 900, early: 200, moved: 60_000, cleared: 300, insists: 400 }),
      moved: JSON.stringify({ moved: 600, cleared: null }),
    });
    await delay(2_500);
    const due = ["early", "insists", "moved", "late", "insists"];
    const look = async () => (await ask(place, "rung")) as [string, number][];
    let rung = await look();
    for (let round = 0; rung.length < due.length && round < 20; round++) {
      await delay(500);
      rung = await look();
    }
    assert.deepEqual(
      rung.map(([name]) => name),
      due,
    );
    for (const [name, late] of rung) assert.ok(late >= 0, `${name} is ${late} ms late`);
  });

  test("deadlines: the heartbeat is one of them, and goes on through sleep", async () => {
    const place = await running.place("heartbeat");
    const client = await connect(place);
    let pings = 0;
    client.io.on("ping", () => {
      pings += 1;
    });
    await ask(place, "deadlines", { plan: JSON.stringify({ other: 700 }), moved: "{}" });
    // A busy machine rings later.
    for (let round = 0; round < 4 || (pings < 2 && round < 20); round++) {
      await delay(1_000);
      if (host.sleeps) await place.sleep();
    }
    assert.equal(client.connected, true);
    assert.ok(pings >= 2, `${pings} heartbeats`);
  });

  test("storage: what was put is there after a sleep, and what was deleted is not", async () => {
    const place = await running.place("storage");
    for (const key of ["a", "b"]) await ask(place, "put", { key, value: `${key}1` });
    await ask(place, "put", { key: "a", value: "a2" });
    await ask(place, "put", { key: "gone", value: "1" });
    await ask(place, "remove", { key: "gone" });
    await place.sleep();
    assert.deepEqual(await ask(place, "memory"), { "test:a": "a2", "test:b": "b1" });
  });

  test("storage: says what it cannot hold", async () => {
    const place = await running.place("limits");
    const name = host.answersLate ? "nothing was thrown" : "DataCloneError";
    assert.deepEqual(await ask(place, "uncloneable"), { name });
    assert.deepEqual(await ask(place, "size"), { isKnown: true });
    await place.sleep();
    assert.deepEqual(await ask(place, "memory"), {});
  });

  for (const loss of host.sharesStorage ? ["wipe", "delete ours"] : []) {
    test(`storage: fenced against the application's: ${loss}`, async () => {
      const place = await running.place(loss.replace(" ", "-"));
      for (const key of ["a", "b"]) await ask(place, "put", { key, value: `${key}1` });
      await ask(place, loss, { key: "a" });
      await place.sleep();
      assert.deepEqual(await ask(place, "memory"), { "test:a": "a1", "test:b": "b1" });
      await ask(place, loss, { key: "b" });
      await place.sleep();
      assert.deepEqual(await ask(place, "memory"), { "test:a": "a1", "test:b": "b1" });
    });
  }

  if (host.sharesStorage) {
    test("storage: a transaction of the application's that is rolled back takes nothing along", async () => {
      const place = await running.place("rolled-back");
      await ask(place, "put", { key: "a", value: "a1" });
      await ask(place, "roll back", { key: "a", value: "a2" });
      await place.sleep();
      assert.deepEqual(await ask(place, "memory"), { "test:a": "a2" });
    });
  }

  test("io.data: all kinds of values, and what is changed inside of them, are there after each sleep", async () => {
    const place = await running.place("data");
    await ask(place, "state set");
    for (let round = 0; round < 2; round++) {
      await place.sleep();
      assert.deepEqual(await ask(place, "state"), {
        map: [["a", { list: [1, new Date(5).toJSON()] }]],
        date: true,
        set: ["x"],
        bytes: [1, 2, 3],
        rest: { nothing: null, no: false },
        count: 1,
      });
    }
    await ask(place, "state changed");
    await place.sleep();
    const changed = await ask(place, "state");
    assert.deepEqual(changed.map, [["a", { list: [1, new Date(5).toJSON(), "more"] }]]);
    assert.deepEqual(
      [changed.bytes, changed.count, changed.rest],
      [[9, 2, 3], 2, { nothing: null }],
    );
  });

  if (host.sharesStorage) {
    test("io.data: what gets a function inside is kept as it was", async () => {
      const place = await running.place("odd");
      await ask(place, "state set");
      await place.sleep();
      const before = await ask(place, "state");
      await ask(place, "state odd");
      await place.sleep();
      assert.deepEqual(await ask(place, "state"), before);
    });
  }

  test("io.data: what fits is kept, what is too large for the storage is refused", async () => {
    const place = await running.place("large");
    const { error } = await ask(place, "state too large", {
      size: `${host.answersLate ? 132_000 : 2_000_000}`,
    });
    assert.match(error, /io\.data\.large is too large/);
    const size = host.answersLate ? 130_900 : 1_999_900;
    assert.deepEqual(await ask(place, "state too large", { size: `${size}` }), { error: null });
    await place.sleep();
    const { rest } = await ask(place, "state");
    assert.equal(rest.large?.length, size);
  });

  for (const loss of host.sharesStorage ? ["wipe", "state rolled back"] : []) {
    test(`io.data, io.schedule: fenced against the application's: ${loss}`, async () => {
      const place = await running.place(`state-${loss.replaceAll(" ", "-")}`);
      await ask(place, "state set");
      await ask(place, "schedule", plan(["a", "a", 4_000]));
      const before = await ask(place, "state");
      await place.sleep();
      if (loss !== "wipe") before.map.push(["b", 1]);
      // Nothing of it is in memory.
      await ask(place, loss);
      assert.deepEqual(await ask(place, "state"), before);
      await place.sleep();
      assert.deepEqual(await ask(place, "state"), before);
      await place.sleep();
      await delay(5_000);
      await assertCalledInTime(place, ["a"]);
    });
  }

  /** They were called before anybody asked. */
  const assertCalledInTime = async (place: Place, names: string[]): Promise<void> => {
    const asked = Date.now();
    const calls = (await ask(place, "log")) as [string, number][];
    assert.deepEqual(
      calls.map(([name]) => name),
      names,
    );
    for (const [name, time] of calls) assert.ok(time <= asked, `${name}: when asked`);
  };

  test("io.schedule: wakes the object, in order, once; replaced, cancelled; beside the heartbeat", async () => {
    const place = await running.place("schedule");
    const first = [
      ["late", "late", 1_400],
      ["early", "early", 700],
      ["cancelled", "cancelled", 600],
      ["moved", "moved", 300],
      ["cancelled", "", -1],
      ["moved", "moved!", 1_000],
    ] as const;
    await ask(place, "schedule", plan(...first));
    await place.sleep();
    await delay(4_000);
    await assertCalledInTime(place, ["early", "moved!", "late"]);
    const client = await connect(place);
    await ask(place, "schedule", plan(["with", "with a client", 1_200]));
    if (host.sleeps) await place.sleep();
    await delay(4_000);
    await assertCalledInTime(place, ["early", "moved!", "late", "with a client"]);
    assert.equal(client.connected, true);
  });

  if (host.sharesStorage) {
    test("onAlarm: the application's alarm in setup, beside what is scheduled", async () => {
      const place = await running.place("alarm");
      const beside = plan(["before", "before", 300], ["behind", "behind", 3_200]);
      await ask(place, "schedule", { ...beside, alarm: "1000" });
      await place.sleep();
      await delay(5_000);
      await assertCalledInTime(place, ["before", "alarm", "behind"]);
    });
  }

  test("io.awakeReasons: the acknowledgements that are waited for, of every kind", async () => {
    const place = await running.place("reasons");
    const [client, other] = [await connect(place), await connect(place)];
    const answers: (() => void)[] = [];
    const isAsked = new Promise<void>((resolve) => {
      for (const socket of [client, other]) {
        socket.on("question", (answer) => {
          answers.push(answer);
          if (answers.length === 6) resolve();
        });
      }
    });
    await ask(place, "question");
    await isAsked;
    const asked = [...[0, 1, 4].map((id) => [id, client]), ...[2, 3, 4].map((id) => [id, other])];
    const reasons = (asked as [number, Socket][]).map(([ack, { id }]) => {
      return ["acknowledgement", `acknowledgement ${ack}`, `socket ${id} in /`];
    });
    const told = (await ask(place, "reasons")) as string[][];
    assert.deepEqual(told.sort(), host.staysAwake ? [] : reasons.sort());
    for (const answer of answers) answer();
    for (const socket of [client, other]) await socket.timeout(PATIENCE).emitWithAck("keep", "");
    assert.deepEqual(await ask(place, "reasons"), []);
  });

  test("io.stats(): counts naps and what ended them, rows and messages; who stays awake has none", async () => {
    const place = await running.place("stats");
    const client = await connect(place);
    await client.timeout(PATIENCE).emitWithAck("keep", "x");
    const before = await ask(place, "stats");
    for (let round = 0; round < (host.sleeps ? 2 : 0); round++) {
      await place.sleep();
      await client.timeout(PATIENCE).emitWithAck("keep", "y");
    }
    const after = await ask(place, "stats");
    assert.equal(after.startedAt, before.startedAt);
    assert.deepEqual([after.naps, after.connections, after.requests], [host.sleeps ? 2 : 0, 1, 1]);
    const { message, close, alarm, request } = after.wakes;
    assert.deepEqual([close, alarm, request], [0, 0, 0]);
    // The heartbeat may have come before.
    assert.ok(message <= after.naps && after.messages >= before.messages + after.naps);
    assert.equal(
      Object.values<number>(after.wakes).reduce((sum, count) => sum + count),
      after.naps,
    );
    if (host.sleeps && host.sharesStorage) assert.ok(after.rowsWritten > 0);
  });

  if (host.sleeps) {
    test("stale objects: what variables hold since before a sleep has no effect, and the first use of each is told", async () => {
      const place = await running.place("stale");
      const name = `${host.name} stale`;
      const client = await connect(place);
      const heard: unknown[] = [];
      client.onAny((...args) => heard.push(args));
      await ask(place, "hold", { name });
      await place.sleep();
      if (host.sharesStorage) await ask(place, "state set");
      const { told, isConnected, count } = await ask(place, "use held", { name });
      assert.equal(isConnected, false);
      const kinds = (told as string[]).map((text) => /^(\S+) of .* was used/.exec(text)?.[1]);
      // Where the server is somebody's own, it lives on.
      const ofServer = ["io.data.count", "io.schedule.after", "io.engine.on", "io.emit"];
      const ofSocket = ["socket.emit", "socket.conn.send"];
      assert.deepEqual(kinds.sort(), [...(host.sharesStorage ? ofServer : []), ...ofSocket].sort());
      if (!host.sharesStorage) return;
      assert.equal(count, null);
      await place.sleep();
      assert.equal((await ask(place, "state")).count, 1);
      assert.deepEqual([await ask(place, "log"), heard], [[], []]);
    });
  }

  test("transports: frames arrive in order, a close is told, and nothing throws afterwards", async () => {
    const place = await running.place("transport");
    const client = await connect(place);
    const heard: unknown[] = [];
    client.onAny((...args) => heard.push(args));
    const engine = client.io.engine as unknown as { transport: { ws: WebSocket } };
    const closed = new Promise<CloseEvent>((resolve) =>
      engine.transport.ws.addEventListener("close", (event) => resolve(event as never)),
    );
    await ask(place, "transport");
    const { code, reason } = await closed;
    assert.deepEqual([code, reason], [4321, "by the suite"]);
    assert.deepEqual(heard, [
      ["before", 1],
      ["before", "x".repeat(70_000)],
    ]);
  });

  for (const size of host.sleeps ? [10, 60_000] : []) {
    test(`records: a connection of ${size} characters comes back from what was kept`, async () => {
      const place = await running.place(`record-${size}`);
      const client = await connect(place);
      await client.timeout(PATIENCE).emitWithAck("keep", "x".repeat(size));
      if (host.loads && size < 1_000) assert.ok((await ask(place, "record")).core > 0);
      for (let round = 0; round < 2; round++) {
        await place.sleep();
        const answer = new Promise((resolve) =>
          client.timeout(PATIENCE).emit("kept", (...args: unknown[]) => resolve(args)),
        );
        assert.deepEqual(await answer, [null, "x".repeat(size), 1]);
      }
    });
  }
}
