/** connectTimeout, pingInterval, pingTimeout. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { ask } from "../../support/stock-client.ts";
import { nightOf } from "../night.ts";
import type { Rules } from "../rule.ts";
import { Bare, visit } from "../visit.ts";

export const TIMES: Rules = {
  connectTimeout: [
    {
      says: ["How long a new connection may take to join a namespace.", "Then it is closed."],
      async check(host) {
        const place = host.newRoom("impatient");
        const late = new Bare(place, { answersPings: true });
        const joined = new Bare(place, { answersPings: true });
        await late.opened();
        // workerd ends the TCP connection of a WebSocket at once only if that has ever said something.
        late.send("6");
        await joined.opened();
        joined.send("40");
        await late.closed();
        await delay(2_200);
        joined.send('420["echo",1]');
        await Promise.race([
          joined.received("430[1]"),
          joined.closed().then(({ reason }) => assert.fail(reason)),
        ]);
        joined.end();
      },
    },
    {
      says: "It has not joined while a middleware, or a function that decides on namespaces, has not called `next`.",
      async check(host) {
        const place = host.newRoom("impatient");
        const waiting = ["/unanswered", "/undecided"].map(async (namespace) => {
          const bare = new Bare(place, { answersPings: true });
          await bare.opened();
          bare.send(`40${namespace},`);
          await bare.closed();
          assert.equal(bare.frames.length, 1, namespace);
        });
        await Promise.all(waiting);
      },
    },
  ],

  pingInterval: [
    {
      says: "The time between two heartbeats.",
      async check(host) {
        const start = Date.now();
        const socket = visit(host.newRoom("beating"));
        const beats: number[] = [];
        socket.io.on("ping", () => beats.push(Date.now() - start));
        while (beats.length < 4) await once(socket.io as never, "ping");
        // On a busy machine they may come late, and then together: never early.
        assert.ok((beats[3] as number) >= 3.5 * 500, beats.join());
        assert.equal(socket.connected, true);
        socket.close();
      },
    },
    {
      says: [
        "Each one wakes a sleeping object, once for all its clients.",
        "A room that should sleep longer sets it to some minutes; lost clients are then noticed later.",
        "More than a few minutes gains nothing: networks, proxies and Cloudflare's edge close WebSockets that carry nothing.",
        "There is no promised duration; one public report had connections of an hour from one network, and from another lost 13 of 16 after 216 to 1,788 seconds.",
        "A connection that was closed in silence costs a reconnect, which is more than the heartbeat that would have kept it.",
        "At a ping every three minutes an object wakes 480 times a day; each wake is one request and some milliseconds, however many clients it has.",
      ],
      not: { Node: "it does not sleep by itself" },
      async check(host) {
        const { sockets } = (await nightOf(host)).eager;
        for (const socket of sockets) assert.ok(Number((await ask(socket, "starts"))[0]) >= 2);
      },
    },
  ],

  pingTimeout: [
    {
      says: [
        "How long a client may stay silent after a heartbeat was sent, before its connection is closed with `ping timeout`.",
        "In a Durable Object silence is judged with the heartbeats, so that it costs no wake of its own: a silent client is closed with the next heartbeat after its time is up.",
      ],
      async check(host) {
        const place = host.newRoom("beating");
        const alive = visit(place);
        await ask(alive, "echo");
        const silent = new Bare(place, { answersPings: false });
        await silent.opened();
        silent.send("40");
        assert.equal((await silent.closed()).reason, "ping timeout");
        const beats = silent.frames.filter((frame) => frame === "2").length;
        if (host.name !== "Node") assert.ok(beats >= 1, silent.frames.join());
        const [told] = (await ask(alive, "told")) as [unknown[]];
        assert.deepEqual(told.at(-1), ["disconnect", "ping timeout"]);
        alive.close();
      },
    },
    {
      says: "Clients learn both numbers in the handshake, and use them in the same way to notice that the server is gone.",
      async check(host) {
        const cases = [
          ["beating", 500, 6_000],
          ["usual", 25_000, 20_000],
        ] as const;
        for (const [server, interval, timeout] of cases) {
          const bare = new Bare(host.newRoom(server), { answersPings: true });
          const { pingInterval, pingTimeout } = await bare.opened();
          assert.deepEqual([pingInterval, pingTimeout], [interval, timeout]);
          bare.end();
        }
      },
    },
  ],
};
