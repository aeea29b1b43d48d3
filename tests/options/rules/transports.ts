/** transports, upgradeTimeout, allowUpgrades, cookie. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { Server as Upstream } from "socket.io";
import type { Socket as ClientSocket } from "socket.io-client";
import { polling } from "../../../glue/engine/polling/index.ts";
import { resolveOptions } from "../../../glue/socket.io/server/options.ts";
import { type RawAnswer, send } from "../../support/raw-http.ts";
import { ask } from "../../support/stock-client.ts";
import type { Place } from "../hosts.ts";
import type { Rules } from "../rule.ts";
import { urlOf, visit } from "../visit.ts";

const POLLING = "/socket.io/?EIO=4&transport=polling";

/** What a client does that is told nothing. */
const DEFAULTS = { transports: ["polling", "websocket"] };

interface Session {
  sid: string;
  upgrades: string[];
}

/** Opens a session by hand. */
async function open(place: Place): Promise<Session & { answer: RawAnswer }> {
  const answer = await send(urlOf(place, POLLING));
  return { answer, ...(JSON.parse(answer.body.slice(1)) as Session) };
}

const transportOf = (socket: ClientSocket) => socket.io.engine.transport.name;

async function upgraded(socket: ClientSocket): Promise<void> {
  while (transportOf(socket) !== "websocket") await once(socket.io.engine as never, "upgrade");
}

export const TRANSPORTS: Rules = {
  transports: [
    {
      says: [
        "How clients may come.",
        "The default is WebSocket alone, which costs one request per client and lets the object sleep from the first second.",
        "A request for a transport that is not among them gets Engine.IO's own error, `Transport unknown`.",
        "`webtransport` is ignored, with a warning.",
      ],
      async check(host) {
        const place = host.newRoom("usual");
        for (const transport of ["polling", "webtransport", "pigeon"]) {
          const { status, body } = await send(
            urlOf(place, `/socket.io/?EIO=4&transport=${transport}`),
          );
          assert.equal(status, 400);
          assert.deepEqual(JSON.parse(body), { code: 0, message: "Transport unknown" });
        }
        const socket = visit(place);
        assert.deepEqual(await ask(socket, "echo", 1), [1]);
        socket.close();
      },
    },
    {
      says: [
        "With long-polling the server takes every client as it comes: those that begin with it and upgrade, as `io()` does without options, and those behind a proxy that lets no WebSocket through.",
        "It is an import of its own, so that its 4 KiB are in no bundle that has no use for it.",
        'On Node the name `"polling"` is enough.',
        "What it costs, and what of a client that polls is different, is on [a page of its own](polling.md).",
      ],
      async check(host) {
        const place = host.newRoom("polled");
        const usual = visit(place, DEFAULTS);
        const confined = visit(place, { transports: ["polling"] });
        const direct = visit(place);
        for (const socket of [usual, confined, direct]) {
          assert.deepEqual(await ask(socket, "echo", "é", 1), ["é", 1]);
        }
        await upgraded(usual);
        assert.deepEqual(await ask(usual, "echo", 2), [2]);
        assert.equal(transportOf(confined), "polling");
        for (const socket of [usual, confined, direct]) socket.close();
      },
    },
  ],

  upgradeTimeout: [
    {
      says: [
        "How long a client that polls may take to change over to the WebSocket that it has opened.",
        "Then that is closed, and polling goes on.",
      ],
      async check(host) {
        const place = host.newRoom("upgrading");
        const { sid } = await open(place);
        const url = `${urlOf(place, POLLING)}&sid=${sid}`;
        const { WebSocket } = await import("ws");
        const socket = new WebSocket(
          `${url.replace("http", "ws").replace("=polling", "=websocket")}`,
        );
        await once(socket, "open");
        socket.send("2probe");
        assert.equal(String((await once(socket, "message"))[0]), "3probe");
        await once(socket, "close");
        const polled = fetch(url).then((answer) => answer.text());
        await fetch(url, { method: "POST", body: "40" });
        assert.match(await polled, /^40\{"sid":/);
        await fetch(url, { method: "POST", body: "1" });
      },
    },
  ],

  allowUpgrades: [
    {
      says: [
        "With long-polling: whether clients are told that they may change over to a WebSocket.",
        "Clients that are not told stay on polling.",
      ],
      async check(host) {
        assert.deepEqual((await open(host.newRoom("upgrading"))).upgrades, ["websocket"]);
        const place = host.newRoom("staying");
        assert.deepEqual((await open(place)).upgrades, []);
        const socket = visit(place, DEFAULTS);
        for (let count = 0; count < 5; count++) await ask(socket, "echo", count);
        assert.equal(transportOf(socket), "polling");
        socket.close();
      },
    },
  ],

  cookie: [
    {
      says: [
        "With long-polling: a cookie with the session id, which the answer to a client's first poll sets.",
        "Balancers in front of several servers want it; objects are found by their names and need none.",
        '`true`, or its attributes, as `socket.io` takes them: `name` (`"io"`), `path` (`"/"`), `httpOnly` (`true`), `sameSite` (`"lax"`), `domain`, `maxAge`, `expires`, `secure`, `partitioned`, `priority`.',
        'A name alone (`cookie: "sid"`, as Socket.IO 2 had it) throws: `socket.io` takes it, and names the cookie `io` all the same.',
      ],
      async check(host) {
        const { sid, answer } = await open(host.newRoom("marking"));
        assert.deepEqual(answer.headers["set-cookie"], [
          "other=1",
          `mark=${sid}; Max-Age=60; Domain=a.example; Path=/; HttpOnly; Secure; Partitioned; SameSite=Lax`,
        ]);
        const plain = await open(host.newRoom("upgrading"));
        assert.equal(plain.answer.headers["set-cookie"], undefined);
        const upstream = new Upstream(createServer(), { cookie: "sid" as never });
        assert.equal((upstream.engine.opts.cookie as { name: string }).name, "io");
        assert.throws(
          () => resolveOptions({ transports: [polling], cookie: "sid" as never }),
          /must be a boolean, or the cookie's attributes, as \{ name: "io" \}, got "sid"$/,
        );
      },
    },
  ],
};
