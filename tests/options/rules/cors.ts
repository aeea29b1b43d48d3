/** cors. What is right is what npm's `socket.io`, which uses the npm package `cors`, answers. */
import assert from "node:assert/strict";
import type { ServerOptions } from "socket.io";
import { ALLOWED, CORS_SETTINGS, OTHER } from "../../support/cors-settings.ts";
import { startOracle } from "../../support/oracle.ts";
import { type RawAnswer, send } from "../../support/raw-http.ts";
import type { Host } from "../hosts.ts";
import type { Rules } from "../rule.ts";
import { type ServerName, serversOn } from "../servers.ts";
import { ask, urlOf } from "../visit.ts";

const REQUESTS: readonly [string, Record<string, string>][] = [
  ["GET", { origin: ALLOWED }],
  ["GET", { origin: OTHER }],
  ["GET", { origin: "" }],
  ["GET", {}],
  ["POST", { origin: ALLOWED }],
  ["OPTIONS", { origin: ALLOWED, "access-control-request-headers": "x-p, x-q" }],
  ["OPTIONS", { origin: OTHER }],
  ["OPTIONS", { origin: "" }],
  ["OPTIONS", {}],
];

/** What an answer says of origins, and its status. */
function essence({ status, headers }: RawAnswer): Record<string, unknown> {
  const fields = Object.entries(headers).filter(
    ([name]) => name === "vary" || name.startsWith("access-control-"),
  );
  return { status, ...Object.fromEntries(fields) };
}

/** Compares the answers to all requests with upstream's for the same options. */
async function compare(host: Host, server: ServerName, query = ""): Promise<void> {
  const options = { ...serversOn("Node")[server], transports: ["websocket"] };
  const oracle = await startOracle(options as Partial<ServerOptions>, () => {});
  try {
    const place = host.newRoom(server);
    for (const [method, headers] of REQUESTS) {
      const path = `/socket.io/?EIO=4&transport=polling${query}`;
      const [expected, actual] = await Promise.all([
        send(oracle.url + path, { method, headers }),
        send(urlOf(place, path), { method, headers }),
      ]);
      const what = `${server}${query}: ${method} ${JSON.stringify(headers)}`;
      assert.deepEqual(essence(actual), essence(expected), what);
    }
  } finally {
    await oracle.stop();
  }
}

export const CORS: Rules = {
  cors: [
    {
      says: [
        "Cross-origin rules, with the fields of the npm package `cors`: `origin` (`true`, a string, a regular expression, a list of them, or a function), `methods`, `allowedHeaders`, `exposedHeaders`, `credentials`, `maxAge`, `preflightContinue`, `optionsSuccessStatus`.",
        "A function `(request, callback)` decides for each request.",
      ],
      async check(host) {
        for (const number of CORS_SETTINGS.keys())
          await compare(host, "corsing", `&cors=${number}`);
      },
    },
    {
      says: "Functions may also return their answer, or a promise of it.",
      async check(host) {
        for (const form of ["returned", "promised", "nested"]) {
          const path = `/socket.io/?EIO=4&transport=polling&form=${form}`;
          const [allowed, other] = await Promise.all(
            ["https://a.example", OTHER].map((origin) => {
              return send(urlOf(host.newRoom("corsgiving"), path), { headers: { origin } });
            }),
          );
          const name = "access-control-allow-origin";
          assert.equal(allowed?.headers[name], "https://a.example", form);
          assert.equal(other?.headers[name], undefined, form);
        }
      },
    },
    {
      says: "`true` lets every origin read; `false` is the same as nothing.",
      async check(host) {
        await compare(host, "corsbare");
        await compare(host, "corsoff");
        await compare(host, "corsplain");
        await compare(host, "usual");
        const { headers } = await ask(host, "corsbare", "", { origin: OTHER });
        assert.equal(headers["access-control-allow-origin"], "*");
      },
    },
    {
      says: [
        "WebSockets are not subject to the same-origin policy: these headers let pages read errors and preflight answers.",
        "To keep pages of other origins out, use `allowRequest`.",
      ],
      async check(host) {
        const opened = await ask(host, "corsplain", "", { origin: OTHER });
        assert.equal(opened.status, 101);
        assert.equal(opened.headers["access-control-allow-origin"], "https://a.example");
        const polling = "/socket.io/?EIO=4&transport=polling";
        const refused = await send(urlOf(host.newRoom("corsplain"), polling), {
          headers: { origin: "https://a.example" },
        });
        assert.equal(refused.headers["access-control-allow-origin"], "https://a.example");
        assert.equal(refused.headers["access-control-allow-credentials"], "true");
        assert.deepEqual(JSON.parse(refused.body), { code: 0, message: "Transport unknown" });
      },
    },
  ],
};
