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
      says: "A function with two parameters has upstream's form: it calls back with an error message and whether the request is allowed.",
      not: { PartyKit: "two parameters are Party.IO's form there" },
      async check(host) {
        await allowed(host, "calling");
        await allowed(host, "calling", "later=1");
        await refused(host, "calling", "refuse=not+now", "not now");
        await refused(host, "calling", "refuse=not+now&later=1", "not now");
        await refused(host, "calling", "refuse=", FORBIDDEN);
      },
    },
    {
      says: "In PartyKit it always has the other form, and gets the lobby and the context.",
      not: {
        Node: "of PartyKit",
        "Durable Objects": "of PartyKit",
        PartyServer: "of PartyKit",
      },
      async check(host) {
        await allowed(host, "calling");
        await allowed(host, "asking", "context=1");
      },
    },
    {
      says: "With any other number of parameters it refuses by throwing, by a promise that rejects, or by answering `false`.",
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
