// Several servers in one process, whose code runs within each other's, or one after the other.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import { Repetition, ReplayGate } from "../../../../glue/sleep/replay/gate.ts";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import { InMemoryServer } from "../../../support/in-memory.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Notes which storages run something, and what with, as long as `body` takes. */
async function noteRuns(body: () => Promise<void>) {
  const { run } = AsyncLocalStorage.prototype;
  const storages = new Set<unknown>();
  const values: unknown[] = [];
  AsyncLocalStorage.prototype.run = function (this: unknown, value: unknown, ...rest: never[]) {
    storages.add(this);
    values.push(value);
    return Reflect.apply(run, this, [value, ...rest]);
  };
  try {
    await body();
  } finally {
    AsyncLocalStorage.prototype.run = run;
  }
  return { storages, values };
}

function depthOf(value: unknown): number {
  let depth = 0;
  for (let at = value; at !== undefined; at = (at as { outer: unknown }).outer) depth += 1;
  return depth;
}

test("servers that replay one after the other leave one storage in the async context", async () => {
  const setup = (io: Server): void => {
    io.on("connection", async (socket) => {
      await settle();
      socket.on("ping", (answer) => answer("pong"));
    });
  };
  const { storages } = await noteRuns(async () => {
    for (let i = 0; i < 20; i++) {
      const client = new InMemoryServer(setup).connect();
      await settle();
      new InMemoryServer(setup, {}, [client]);
      client.take();
      client.emit('420["ping"]');
      while (!client.take().includes('430["pong"]')) await settle();
    }
  });
  assert.equal(storages.size, 1);
});

test("a server that is made in another's replay, and so on, remembers no replay that is over", async () => {
  const gates = Array.from({ length: 50 }, () => new ReplayGate());
  const { values } = await noteRuns(
    () =>
      new Promise((resolve) => {
        const nest = (at: number): void => {
          const gate = gates[at];
          if (gate === undefined) {
            resolve();
            return;
          }
          const repetition = new Repetition();
          gate.close(repetition);
          gate.run(repetition, async () => {
            await settle();
            gate.open(repetition);
            nest(at + 1);
          });
        };
        nest(0);
      }),
  );
  assert.deepEqual([values.length, Math.max(...values.map(depthOf))], [50, 1]);
});

test("code of two servers within each other is dropped for each by itself, also behind an await", async () => {
  const [outer, inner] = [new ReplayGate(), new ReplayGate()];
  const [ofOuter, ofInner] = [new Repetition(), new Repetition()];
  const seen: unknown[] = [];
  const look = (where: string) =>
    seen.push([where, outer.isDropping, inner.isDropping, outer.isCurrent(ofOuter)]);
  outer.close(ofOuter);
  inner.close(ofInner);
  const done: Promise<void>[] = [];
  outer.run(ofOuter, () => {
    done.push(
      (async () => {
        await settle();
        look("outer");
        inner.run(ofInner, () => {
          done.push(
            (async () => {
              look("inner");
              await settle();
              look("inner, later");
              outer.exempt(() => done.push(settle().then(() => void look("exempt of outer"))));
              outer.open(ofOuter);
              look("inner, outer open");
            })(),
          );
        });
        look("outer, behind it");
      })(),
    );
  });
  for (let i = 0; i < done.length; i++) await done[i];
  look("outside");
  assert.deepEqual(seen, [
    ["outer", true, false, true],
    ["inner", true, true, true],
    ["outer, behind it", true, false, true],
    ["inner, later", true, true, true],
    ["inner, outer open", false, true, false],
    ["exempt of outer", false, true, false],
    ["outside", false, false, false],
  ]);
});
