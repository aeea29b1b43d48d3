/** editHandshakeHeaders, editResponseHeaders. */
import assert from "node:assert/strict";
import { send } from "../../support/raw-http.ts";
import type { Rules } from "../rule.ts";
import { ask, urlOf } from "../visit.ts";

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
  ],

  editResponseHeaders: [
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
