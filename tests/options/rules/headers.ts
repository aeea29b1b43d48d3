/** editHandshakeHeaders, editResponseHeaders. */
import assert from "node:assert/strict";
import { send } from "../../support/raw-http.ts";
import { ask as askSocket } from "../../support/stock-client.ts";
import type { Rules } from "../rule.ts";
import { ask, urlOf, visit } from "../visit.ts";

const PREFLIGHT = { origin: "https://a.example", "access-control-request-method": "GET" };

export const HEADERS: Rules = {
  editHandshakeHeaders: [
    {
      says: "Changes the headers of the answer that opens a WebSocket, in place.",
      async check(host) {
        const opened = await ask(host, "editing");
        assert.equal(opened.status, 101);
        assert.deepEqual(opened.headers["set-cookie"], ["a=1", "b=2"]);
        const place = host.newRoom("editing");
        const others = [
          await ask(host, "editing", "refuse=1"),
          await send(urlOf(place, "/socket.io/?EIO=4&transport=polling")),
          await send(urlOf(place), { method: "OPTIONS", headers: PREFLIGHT }),
        ];
        assert.deepEqual(
          others.map(({ status, headers }) => [
            status,
            headers["set-cookie"],
            headers["x-handshake"],
          ]),
          [
            [403, undefined, undefined],
            [400, undefined, undefined],
            [204, undefined, undefined],
          ],
        );
      },
    },
    {
      says: [
        "`request` is the platform's own: a `Request` on Workers, where `env` and `ctx` come behind it, a `Request` in PartyKit, where `lobby` and `ctx` do, an `IncomingMessage` on Node.",
        "It may be asynchronous.",
      ],
      async check(host) {
        const { headers } = await ask(host, "editing");
        assert.equal(headers["x-handshake"], "the platform's GET, whole");
      },
    },
    {
      says: "`io.engine`'s `initial_headers` and `headers` events come before it.",
      not: {
        PartyKit: "the handshake is negotiated at the edge, out of reach of the room's io.engine",
      },
      async check(host) {
        const { headers } = await ask(host, "editing");
        assert.equal(headers["x-order"], "initial_headers, headers");
        assert.equal(headers["x-seen"], "initial_headers, headers");
      },
    },
    {
      says: "So do the headers that middlewares of `io.engine` set: a list of values is as many lines.",
      not: {
        PartyKit: "the handshake is negotiated at the edge, out of reach of the room's io.engine",
      },
      async check(host) {
        const cookies = ["first=1", "second=2; Expires=Thu, 26 Nov 2037 00:00:00 GMT", "third=3"];
        const { headers } = await ask(host, "usual", "cookies=1");
        assert.deepEqual(headers["set-cookie"], cookies);
        const edited = await ask(host, "editing", "cookies=1");
        assert.deepEqual(edited.headers["set-cookie"], [...cookies, "a=1", "b=2"]);
      },
    },
    {
      says: "The answer names the first subprotocol that the client offers, unless these headers name another.",
      async check(host) {
        const name = "sec-websocket-protocol";
        for (const server of ["usual", "editing"] as const) {
          const plain = await ask(host, server);
          assert.equal(plain.headers[name], undefined, server);
          const offering = await ask(host, server, "", { [name]: "chat, superchat" });
          assert.equal(offering.headers[name], "chat", server);
        }
        const chosen = await ask(host, "editing", "last=1", { [name]: "chat, superchat" });
        assert.equal(chosen.headers[name], "superchat");
        const unasked = await ask(host, "editing", "last=1");
        assert.equal(unasked.headers[name], undefined);
        // Node's and browsers' WebSockets fail when the answer names none.
        const socket = visit(host.newRoom("usual"), { protocols: ["chat"] });
        assert.deepEqual(await askSocket(socket, "echo", 1), [1]);
        socket.close();
      },
    },
  ],

  editResponseHeaders: [
    {
      says: "What it sets goes before Dormouse's own.",
      async check(host) {
        const polling = urlOf(host.newRoom("marking"), "/socket.io/?EIO=4&transport=polling");
        const { headers } = await send(polling);
        assert.equal(headers["cache-control"], "private");
        assert.equal(headers["content-type"], "text/plain; charset=UTF-8");
      },
    },
    {
      says: "The same for every answer: handshakes, refusals and preflights.",
      async check(host) {
        const place = host.newRoom("editing");
        const polling = urlOf(place, "/socket.io/?EIO=4&transport=polling");
        const answers = [
          await ask(host, "editing"),
          await ask(host, "editing", "refuse=1"),
          await send(polling),
          await send(polling, { method: "POST" }),
          await send(urlOf(place), { method: "OPTIONS", headers: PREFLIGHT }),
        ];
        assert.deepEqual(
          answers.map(({ status, headers }) => `${status}: ${headers["x-response"]}`),
          [
            "101: the platform's GET, whole",
            "403: the platform's GET, whole",
            "400: the platform's GET, whole",
            "400: the platform's POST, whole",
            "204: the platform's OPTIONS, whole",
          ],
        );
      },
    },
  ],
};
