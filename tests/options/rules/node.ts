/** destroyUpgrade, destroyUpgradeTimeout, httpCompression, perMessageDeflate, serveClient: what Node alone does. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { send } from "../../support/raw-http.ts";
import type { Host, Place } from "../hosts.ts";
import type { Rule, Rules } from "../rule.ts";
import { urlOf, visit } from "../visit.ts";

const ELSEWHERE = "it is Node's";
const NODE_ONLY: Required<Pick<Rule, "not">> = {
  not: { "Durable Objects": ELSEWHERE, PartyServer: ELSEWHERE, PartyKit: ELSEWHERE },
};

/** Asks for an upgrade that nobody takes; resolves when the server has ended it. */
async function upgradeElsewhere({ origin }: Place, signal?: AbortSignal): Promise<void> {
  const socket = new WebSocket(`${origin.replace("http", "ws")}/elsewhere`);
  const ended = once(socket, "error");
  signal?.addEventListener("abort", () => socket.terminate());
  await ended;
}

/** An answer to a poll that holds what an event leads to. `fetch` takes compressed ones, and decodes them. */
async function poll(host: Host, event: string) {
  const url = urlOf(host.newRoom("squeezing"), "/socket.io/?EIO=4&transport=polling");
  const { sid } = JSON.parse((await send(url)).body.slice(1)) as { sid: string };
  const say = async (body: string): Promise<void> => {
    await (await fetch(`${url}&sid=${sid}`, { method: "POST", body })).text();
  };
  const get = () => fetch(`${url}&sid=${sid}`);
  await say("40");
  await (await get()).text();
  const answering = get();
  await say(`42${JSON.stringify([event, "a long text ".repeat(100)])}`);
  const answer = await answering;
  const body = await answer.text();
  await say("1");
  return { encoding: answer.headers.get("content-encoding"), body };
}

/** How many bytes come to a client that takes messages compressed, for a long text that an event leads to. */
async function receive(place: Place, event: string): Promise<number> {
  const url = urlOf(place).replace("http", "ws");
  const socket = new WebSocket(`${url}?EIO=4&transport=websocket`);
  const next = async (): Promise<string> => String((await once(socket, "message"))[0]);
  await next();
  socket.send("40");
  await next();
  const connection = (socket as unknown as { _socket: { bytesRead: number } })._socket;
  const before = connection.bytesRead;
  socket.send(`42${JSON.stringify([event, "a long text ".repeat(100)])}`);
  assert.match(await next(), /a long text/);
  socket.close();
  return connection.bytesRead - before;
}

export const NODE: Rules = {
  destroyUpgrade: [
    {
      says: "On Node: whether upgrade requests on other paths, which nobody has taken, are ended.",
      ...NODE_ONLY,
      async check(host) {
        const end = new AbortController();
        let isSpared = true;
        const spared = upgradeElsewhere(host.newRoom("sparing"), end.signal).then(() => {
          isSpared = false;
        });
        await upgradeElsewhere(host.newRoom("destroying"));
        await delay(300);
        assert.equal(isSpared, true);
        end.abort();
        await spared;
      },
    },
  ],

  destroyUpgradeTimeout: [
    {
      says: "On Node: after what time they are.",
      ...NODE_ONLY,
      async check(host) {
        // The default is a second.
        const servers = ["usual", "destroying"] as const;
        const order: string[] = [];
        const upgrades = servers.map(async (server) => {
          await upgradeElsewhere(host.newRoom(server));
          order.push(server);
        });
        await Promise.all(upgrades);
        assert.deepEqual(order, ["destroying", "usual"]);
      },
    },
  ],

  httpCompression: [
    {
      says: [
        "On Node, with long-polling: whether answers to polls are compressed for clients that accept it (`gzip`, `deflate`), or how: `threshold` says from how many bytes on, the rest goes to `node:zlib`.",
        "An answer with nothing but packets that were sent with `compress(false)` is not compressed.",
      ],
      ...NODE_ONLY,
      async check(host) {
        assert.equal((await poll(host, "shout")).encoding, "gzip");
        assert.equal((await poll(host, "whisper")).encoding, null);
      },
    },
    {
      says: "Cloudflare's edge compresses by itself: elsewhere the option is ignored, with a warning.",
      not: { Node: "it is Node's" },
      // `wrangler dev` compresses, too.
      check: async (host) => assert.match((await poll(host, "shout")).body, /a long text/),
    },
  ],

  perMessageDeflate: [
    {
      says: [
        "On Node: whether messages of WebSockets are compressed for clients that accept it, as browsers do (RFC 7692), or how: `threshold` says from how many bytes on (default 1024), the rest goes to the npm package `ws`.",
        "What is sent with `compress(false)` is not compressed.",
        "Off unless it is asked for, as with `socket.io`: it costs each client memory, and each long message time.",
      ],
      ...NODE_ONLY,
      async check(host) {
        const deflating = host.newRoom("deflating");
        assert.ok((await receive(deflating, "shout")) < 300);
        assert.ok((await receive(deflating, "whisper")) > 1_200);
        assert.ok((await receive(host.newRoom("usual"), "shout")) > 1_200);
      },
    },
    {
      says: "Elsewhere the option is ignored, with a warning.",
      not: { Node: "it is Node's" },
      check: async (host) => void (await receive(host.newRoom("deflating"), "shout")),
    },
  ],

  serveClient: [
    {
      says: [
        "On Node: whether the files of the stock client are served below the path (`/socket.io/socket.io.js` and its like), as `socket.io` does.",
        "They are those of the npm package `socket.io-client`, if it is installed.",
        "Elsewhere they are static assets, and the option is ignored, with a warning.",
      ],
      async check(host) {
        const place = host.newRoom("serving");
        const { status, body } = await send(urlOf(place, "/socket.io/socket.io.js"));
        if (host.name === "Node") assert.match(body, /Socket\.IO v4/);
        else assert.notEqual(status, 200);
        const socket = visit(place);
        await new Promise((resolve) => socket.once("connect", () => resolve(undefined)));
        socket.close();
      },
    },
  ],
};
