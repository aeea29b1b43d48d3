/** hibernate, replay, data, ackKeepAlive. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Socket as ClientSocket } from "socket.io-client";
import { ask, next } from "../../support/stock-client.ts";
import type { Host } from "../hosts.ts";
import { KEPT, nightOf, type Room } from "../night.ts";
import type { Rules } from "../rule.ts";
import { visit } from "../visit.ts";

/** It has slept, on a slow machine perhaps several times since. On Node nothing sleeps by itself. */
async function assertSlept({ name }: Host, room: Room): Promise<void> {
  const starts = Number(await room.asked("starts"));
  assert.ok(name === "Node" ? starts === 1 : starts >= 2, `${starts}`);
}

/** What comes of a question to a client that takes so long to answer; undefined if nothing does. */
async function answerLate(socket: ClientSocket, event: string, ...args: unknown[]) {
  const answers: unknown[] = [];
  socket.on("answer", (text) => answers.push(text));
  socket.emit(event, ...args);
  const [answer] = (await next(socket, "question")) as [(text: string) => void];
  await delay(1_000);
  answer("late");
  await ask(socket, "echo");
  await ask(socket, "echo");
  return answers;
}

export const SLEEP: Rules = {
  hibernate: [
    {
      says: [
        "`true`: the object sleeps while clients are connected, unless something is known that a sleep would lose; see [Staying awake](hibernation.md#staying-awake).",
        "It has no effect on Node, where servers do not sleep.",
      ],
      async check(host) {
        const { plain, held } = await nightOf(host);
        await assertSlept(host, plain);
        assert.equal(await held.asked("starts"), 1);
        assert.equal(await held.asked("later"), "heard");
      },
    },
    {
      says: '`"always"`: it sleeps all the same.',
      async check(host) {
        const { always } = await nightOf(host);
        await assertSlept(host, always);
      },
    },
    {
      says: [
        "`false` takes WebSockets without hibernation: the object stays in memory, and is billed for it, as long as anybody is connected, and nothing is saved or replayed.",
        "See [hibernation.md](hibernation.md).",
      ],
      async check(host) {
        const { wakeful } = await nightOf(host);
        assert.deepEqual([await wakeful.asked("starts"), await wakeful.asked("players")], [1, 3]);
        assert.equal(await wakeful.asked("later"), "heard");
      },
    },
  ],

  replay: [
    {
      says: [
        "When connection listeners run again after a sleep.",
        '`"lazy"`: for each socket when it is first needed.',
        '`"eager"`: for all sockets, before the event that woke the object, for listeners that fill a registry (`players.set(socket.id, …)`) which others read.',
        "It costs each wake what all these listeners take; asynchronous ones run 128 at a time, and after 20 seconds the rest is left for when it is needed.",
      ],
      async check(host) {
        const { lazy, eager } = await nightOf(host);
        await assertSlept(host, eager);
        assert.equal(await eager.asked("players"), 3);
        assert.equal(await lazy.asked("players"), host.name === "Node" ? 3 : 1);
      },
    },
  ],

  data: [
    {
      says: [
        "How [`io.data`, `data` of namespaces and `io.schedule`](state.md) are kept.",
        '`durability`: `"strict"` writes what was changed before anything is sent behind it, default `"batched"`.',
        "A client that was told of a change finds it whatever happens to the object, at the price of a write for each turn that changes something.",
        "On Node both are memory.",
        "What it promises and costs is in [state.md](state.md#strict-durability).",
      ],
      // When it is written only who kills the process sees: tests/durable-objects/cloudflare/server-state.test.ts.
      async check(host) {
        const { keeping, plain } = await nightOf(host);
        for (const room of [keeping, plain]) {
          await assertSlept(host, room);
          assert.deepEqual(await room.asked("kept"), KEPT);
        }
      },
    },
  ],

  ackKeepAlive: [
    {
      says: "When the server waits for an acknowledgement without a timeout, the callback is in memory.",
      async check(host) {
        const socket = visit(host.newRoom("usual"));
        assert.deepEqual(await answerLate(socket, "question"), ["late"]);
        socket.close();
      },
    },
    {
      says: "For this time it holds the object awake; then it is dropped with a warning.",
      not: { Node: "servers do not sleep there: it waits as long as upstream's" },
      async check(host) {
        const socket = visit(host.newRoom("acking"));
        assert.deepEqual(await answerLate(socket, "question"), []);
        socket.close();
      },
    },
    {
      says: "Calls with `timeout(ms)` hold the object until then at most.",
      async check(host) {
        const [soon, late] = [visit(host.newRoom("acking")), visit(host.newRoom("acking"))];
        assert.deepEqual(await answerLate(late, "question in time", 5_000), ["late"]);
        assert.deepEqual(await answerLate(soon, "question in time", 100), [
          "operation has timed out",
        ]);
        for (const socket of [soon, late]) socket.close();
      },
    },
  ],
};
