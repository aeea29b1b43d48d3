/** connectionStateRecovery. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { ask, connect, next } from "../../support/stock-client.ts";
import type { Host } from "../hosts.ts";
import type { Rules } from "../rule.ts";
import type { ServerName } from "../servers.ts";

/** Loses a client for so many milliseconds, while another one says something. What it is like afterwards. */
async function lose(host: Host, server: ServerName, milliseconds = 0) {
  const { origin, prefix } = host.newRoom(server);
  const visit = () => connect(`${origin}/sessions`, prefix, { reconnection: false });
  const [alice, bob] = [visit(), visit()];
  await Promise.all([next(alice, "connect"), next(bob, "connect")]);
  const { id } = alice;
  bob.emit("say", "one");
  await next(alice, "said");
  alice.io.engine.close();
  // From then on the time runs.
  while ((await ask(bob, "present"))[0] !== 1) await delay(10);
  bob.emit("say", "two");
  await next(bob, "said");
  await delay(milliseconds);
  const heard: unknown[] = [];
  alice.on("said", (text) => heard.push(text));
  alice.connect();
  await next(alice, "connect");
  const [rooms, admissions] = await ask(alice, "who");
  const state = { recovered: alice.recovered, isSame: alice.id === id, heard, rooms, admissions };
  for (const client of [alice, bob]) client.close();
  return state;
}

const BACK = { recovered: true, isSame: true, heard: ["two"], rooms: 2 };

export const RECOVERY: Rules = {
  connectionStateRecovery: [
    {
      says: [
        "Lets a client that was lost for a short time continue its session: same id, rooms and `data`, and the packets that it missed.",
        "`skipMiddlewares`: whether namespace middlewares are passed over then, default true.",
        "`{}` takes all defaults.",
        "What it promises and costs is in [recovery.md](recovery.md).",
      ],
      async check(host) {
        assert.deepEqual(await lose(host, "recovering"), { ...BACK, admissions: 1 });
        assert.deepEqual(await lose(host, "readmitting"), { ...BACK, admissions: 2 });
      },
    },
    {
      says: "`maxDisconnectionDuration`: for how long, default two minutes.",
      async check(host) {
        const { recovered, isSame, heard } = await lose(host, "forgetting", 2_500);
        assert.deepEqual([recovered, isSame, heard], [false, false, []]);
        assert.equal((await lose(host, "recovering", 2_500)).recovered, true);
      },
    },
    {
      says: [
        '`durability`: `"strict"` writes what is sent before it is sent, default `"batched"`.',
        "`flushInterval`: how often a batch is written, default 100 ms.",
      ],
      // When it is written only who kills the process sees: tests/durable-objects/cloudflare/recovery.test.ts.
      check: async (host) => assert.equal((await lose(host, "readmitting")).recovered, true),
    },
  ],
};
