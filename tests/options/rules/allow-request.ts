/** allowRequest. */
import assert from "node:assert/strict";
import { ask as askSocket } from "../../support/stock-client.ts";
import type { Host } from "../hosts.ts";
import type { Rules } from "../rule.ts";
import type { ServerName } from "../servers.ts";
import { ask, visit } from "../visit.ts";

const FORBIDDEN = "Forbidden";

/** A handshake must be refused with this message. */
async function refused(host: Host, server: ServerName, query: string, message: string) {
  const { status, headers, body } = await ask(host, server, query);
  assert.equal(status, 403, query);
  assert.equal(headers["content-type"], "application/json");
  assert.deepEqual(JSON.parse(body), { code: 4, message });
}

async function allowed(host: Host, server: ServerName, query = "", headers = {}) {
  assert.equal((await ask(host, server, query, headers)).status, 101, query);
}

export const ALLOW_REQUEST: Rules = {
  allowRequest: [
    {
      says: "Decides whether a handshake may go on.",
      async check(host) {
        await refused(host, "strict", "", "no key");
        await allowed(host, "strict", "", { "x-key": "1" });
        const place = host.newRoom("asking");
        const socket = visit(place);
        assert.deepEqual(await askSocket(socket, "echo", 1), [1]);
        socket.close();
      },
    },
    {
      says: "It may call back, as upstream's does, with an error message and whether the request is allowed.",
      async check(host) {
        await allowed(host, "calling");
        await allowed(host, "calling", "later=1");
        await refused(host, "calling", "refuse=not+now", "not now");
        await refused(host, "calling", "refuse=not+now&later=1", "not now");
        await refused(host, "calling", "refuse=", FORBIDDEN);
      },
    },
    {
      says: "Or it refuses by throwing, by a promise that rejects, or by answering `false`.",
      async check(host) {
        await refused(host, "strict", "", "no key");
        await refused(host, "asking", "refuse=thrown", "thrown");
        await refused(host, "asking", "reject=rejected", "rejected");
        await refused(host, "asking", "no=1", FORBIDDEN);
        await allowed(host, "asking");
        await allowed(host, "asking", "yes=1");
      },
    },
    {
      says: "On Workers it gets the environment and the object's state as well.",
      not: { Node: "of Workers", PartyKit: "of Workers" },
      check: (host) => allowed(host, "asking", "context=1"),
    },
    {
      says: "In PartyKit it gets the lobby and the context.",
      not: {
        Node: "of PartyKit",
        "Durable Objects": "of PartyKit",
        PartyServer: "of PartyKit",
      },
      check: (host) => allowed(host, "asking", "context=1"),
    },
    {
      says: "The second of two parameters is both: it can be read like the environment and called like upstream's callback.",
      not: { Node: "there is no environment" },
      async check(host) {
        await allowed(host, "twofold");
        await refused(host, "twofold", "refuse=not+you", "not you");
        await refused(host, "twofold", "no=1", FORBIDDEN);
        await allowed(host, "calling");
      },
    },
    {
      says: [
        "A function that has two, answers nothing, and has not read the environment, is expected to call back.",
        "A handshake that gets no answer within `connectTimeout` is refused in the same way, and an error is logged.",
      ],
      check: (host) => refused(host, "silent", "silent=allowRequest", FORBIDDEN),
    },
    {
      says: "The same time holds for `cors`, `generateId`, middlewares of `io.engine` and the functions that edit headers, all together.",
      async check(host) {
        await allowed(host, "silent");
        const silences: [string, number][] = [
          ["cors", 400],
          ["generateId", 400],
          ["editHandshakeHeaders", 500],
          [`editResponseHeaders on ${host.name}`, 500],
        ];
        // At PartyKit's edge there is no io.engine of the room.
        if (host.name !== "PartyKit") silences.push(["a middleware", 400]);
        const asked = silences.map(async ([who, status]) => {
          const answer = await ask(host, "silent", `silent=${encodeURIComponent(who)}`);
          assert.equal(answer.status, status, who);
        });
        await Promise.all(asked);
      },
    },
    {
      says: 'A refused client gets status 403 and `{"code":4,"message":…}`, where the message is the callback\'s or the error\'s; `io.engine` emits `connection_error`.',
      not: {
        PartyKit: "the handshake is negotiated at the edge, out of reach of the room's io.engine",
      },
      async check(host) {
        const place = host.newRoom("asking");
        const stranger = visit(place, { query: { refuse: "a stranger" } });
        const [error] = (await new Promise<unknown[]>((resolve) => {
          stranger.on("connect_error", (...args) => resolve(args));
        })) as [Error];
        assert.ok(error instanceof Error);
        stranger.close();
        const witness = visit(place);
        const [told] = (await askSocket(witness, "told")) as [unknown[]];
        assert.deepEqual(told.at(-1), ["refused", 4, { message: "a stranger" }]);
        witness.close();
      },
    },
  ],
};
