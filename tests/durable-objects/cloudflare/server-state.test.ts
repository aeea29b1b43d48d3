// What the server keeps when its object dies: aborted, its process killed, deployed anew.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { connect, next, ask as request } from "../../support/stock-client.ts";
import { assertIsThere, type Known, type Place, play } from "../../support/winners.ts";

/** Longer than a write is put off. */
const WRITTEN = 1_000;

interface State {
  count: number;
  called: string[];
  players: [string, { joined: string }][];
  last: number;
  starts: number;
}

const folder = mkdtempSync(join(tmpdir(), "server-state-"));
/** One after the other, in the same folder for each kind of storage. */
const running = new Set<RunningWorker>();

after(async () => {
  for (const worker of running) await worker.stop();
  rmSync(folder, { recursive: true });
});

async function start(useSQLite = true): Promise<RunningWorker> {
  const worker = await startWorker({
    entry: new URL("./server-state.worker.ts", import.meta.url),
    classes: { COUNTER: "Counter", STRICT: "Strict", AWAKE: "Awake" },
    compatibilityFlags: ["nodejs_als"],
    useSQLite,
    persist: join(folder, String(useSQLite)),
  });
  running.add(worker);
  return worker;
}

async function ask(worker: RunningWorker, what: string, object: string, more = ""): Promise<State> {
  const response = await fetch(`${worker.url}/~${what}?object=${object}${more}`);
  return (await response.json()) as State;
}

/** Asks until it is so. */
async function until(worker: RunningWorker, object: string, isSo: (state: State) => boolean) {
  const end = Date.now() + 60_000;
  for (;;) {
    const state = await ask(worker, "state", object);
    if (isSo(state)) return state;
    if (Date.now() > end) assert.fail(`in vain: ${JSON.stringify(state)}`);
    await delay(100);
  }
}

test("abort(): what was written is there, what was scheduled comes; 10,000 at once, in order", async () => {
  const worker = await start();
  const client = connect(worker.url, "", {
    query: { object: "aborted" },
    auth: { name: "alice" },
    reconnection: false,
  });
  await next(client, "connect");
  for (let i = 0; i < 3; i++) await ask(worker, "count", "aborted");
  await ask(worker, "call", "aborted", "&after=3000&what=after");
  await delay(WRITTEN);
  await worker.evict("aborted", "hibernate");
  assert.equal((await ask(worker, "state", "aborted")).starts, 1);
  await assert.rejects(ask(worker, "abort", "aborted"));
  const state = await ask(worker, "state", "aborted");
  assert.equal(state.starts, 2, "nobody is there");
  assert.deepEqual(
    [state.count, state.players],
    [3, [["alice", { joined: new Date(1).toJSON() }]]],
  );
  await until(worker, "aborted", ({ called }) => called.join() === "after");
  client.close();

  // And many of them, on one alarm, after a sleep.
  await ask(worker, "many", "many", "&count=10000");
  await worker.evict("many", "hibernate");
  await delay(4_000);
  const { last } = await until(worker, "many", ({ count }) => count === 10_000);
  assert.equal(last, 999);
  await worker.stop();
  running.delete(worker);
});

for (const useSQLite of [true, false]) {
  test(`one object in the data of two namespaces, ${useSQLite ? "in SQLite" : "without SQLite"}: it is one after a sleep and an abort`, async () => {
    const worker = await start(useSQLite);
    const say = (what: string, text = "") => ask(worker, what, "pinned", `&text=${text}`);
    await say("say", "first");
    await say("say", "second");
    for (const [number, end] of ["sleep", "sleep", "abort"].entries()) {
      await delay(WRITTEN);
      if (end === "sleep") await worker.evict("pinned", "hibernate");
      else await assert.rejects(say("abort"));
      await say("edit", `edited${number}`);
      assert.deepEqual(await say("said"), ["first", `edited${number}`]);
    }
    await worker.stop();
    running.delete(worker);
  });
}

test("what counts as changed with every look is written with every turn, and makes none", async () => {
  const worker = await start();
  const probe = async (binding: string): Promise<void> => {
    const client = connect(worker.url, "", { query: { object: "deep", class: binding } });
    await request(client, "deepen");
    const rows = async () => Number(await ask(worker, "rows", "deep", `&class=${binding}`));
    await delay(WRITTEN);
    const before = await rows();
    await delay(WRITTEN);
    assert.equal(await rows(), before, binding);
    client.close();
  };
  await Promise.all(["COUNTER", "STRICT"].map(probe));
  await worker.stop();
  running.delete(worker);
});

test("a killed process: it goes on from the disk, late, in order, with what was in the middle of it", async () => {
  const first = await start();
  for (let i = 0; i < 5; i++) await ask(first, "count", "killed");
  await ask(first, "call", "killed", "&name=call&after=4000&what=late");
  await ask(first, "call", "slow", "&name=slow&after=0");
  await until(first, "slow", ({ count }) => count === 1);
  await delay(WRITTEN);
  const kinds = ["STRICT", "AWAKE"];
  const known = await Promise.all(kinds.map((kind) => play(winners(first, kind))));
  await first.kill();
  running.delete(first);
  await delay(3_000);

  const second = await start();
  assert.equal((await ask(second, "state", "killed")).count, 5);
  await until(second, "killed", ({ called }) => called.join() === "late");
  // Its handler had not settled: it is called again.
  await until(second, "slow", ({ count, called }) => count === 2 && called.join() === "slow");
  for (const [number, kind] of kinds.entries()) {
    await assertIsThere(winners(second, kind), known[number] as Known);
  }
});

function winners({ url }: RunningWorker, kind: string): Place {
  return { url, query: { object: "winner", class: kind } };
}

test("killed while clients are told, strict, in a storage that answers late: it is there", async () => {
  const first = await start(false);
  const known = await play(winners(first, "STRICT"));
  await first.kill();
  running.delete(first);
  await assertIsThere(winners(await start(false), "STRICT"), known);
});
