// Every server that a page shows starts in workerd, takes a client, and has it still when it has slept. What it does
// besides is the business of the tests of its page.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { hashSync } from "bcryptjs";
import type { Socket } from "socket.io-client";
import * as msgpack from "socket.io-msgpack-parser";
import { type RunningWorker, startWorker } from "../support/miniflare.ts";
import { codeBlocks, ROOT } from "../support/pages.ts";
import { connect, next } from "../support/stock-client.ts";

interface ShownServer {
  where: string;
  code: string;
  /** Of its class, and of its binding. */
  name: string;
}

/**
 * Of PartyServer and PartyKit, whose dev servers other tests start; files of the reader's own; what wants a token, and
 * gets it in the test of its page.
 */
const ELSEWHERE = /dormouse-io\/(node|partykit|partyserver)"|from "\.\/|jwtVerify/;
const SERVER = /^(export class \w+ extends )?createServer(<.*?>)?\(/m;

/** What readers have themselves. */
const OWN = `
  const setup = () => {};
  const auth = (_ctx, next) => next();
  const filter = auth;
  const verify = async () => undefined;
  const mayRead = () => false;
  const isValid = async (token) => token === "right";
  const authenticate = async () => "somebody";
  const db = { logins: { insert: async () => {} } };`;

/** What clients have to show, or to know, by what the server's code has. */
const CLIENTS: Record<string, object> = {
  'path: "/live"': { path: "/live" },
  "{ parser }": { parser: msgpack },
  "request.headers.origin": {
    extraHeaders: { origin: "https://chat.example" },
  },
  "request._query.token": { query: { token: "right" } },
};

const servers = ["README.md", ...pagesOfDocs()].flatMap(serversOf);
let worker: RunningWorker;
const settings = createServer((_request, response) => response.end("{}"));
const clients: Socket[] = [];

before(async () => {
  await once(settings.listen(0, "127.0.0.1"), "listening");
  worker = await startWorker({
    entry: { source: sourceOf(servers) },
    classes: Object.fromEntries(servers.map(({ name }) => [name, name])),
    compatibilityFlags: ["nodejs_als"],
    bindings: {
      ADMIN_HASH: hashSync("a password", 4),
      JWT_SECRET: "a secret",
      SECRET: "a secret",
      SESSION_PASSWORD: "thirty-two characters, and more of them",
      SETTINGS_URL: `http://127.0.0.1:${(settings.address() as AddressInfo).port}/`,
    },
  });
});

after(async () => {
  for (const client of clients) client.disconnect();
  settings.close();
  await worker?.stop();
});

function pagesOfDocs(): string[] {
  const names = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md"));
  return names.map((name) => `docs/${name}`);
}

function serversOf(page: string): ShownServer[] {
  return codeBlocks(page)
    .filter(({ language, code }) => language === "ts" && SERVER.test(code) && !ELSEWHERE.test(code))
    .map(({ code, line }) => {
      const name = `${page.replace(/\W/g, "_")}_${line}`;
      return { where: `${page}:${line}`, code, name };
    });
}

/** One Worker with all of them: their imports before, the rest of each in a block of its own. */
function sourceOf(shown: readonly ShownServer[]): string {
  const imports = new Set([
    'import { createServer, routeSocketIO } from "dormouse-io";',
    'import { polling } from "dormouse-io/polling";',
  ]);
  const names = new Set(["createServer", "routeSocketIO", "polling"]);
  const blocks = shown.map(({ code, name }) => {
    const rest = code
      .replace(/^import (type )?\{([^}]*)\} from ("[^"]+");.*$/gm, (_, isType, list, from) => {
        for (const item of isType ? [] : (list as string).split(",")) {
          const one = item.trim();
          if (one === "" || one.startsWith("type ") || names.has(one)) continue;
          names.add(one);
          imports.add(`import { ${one} } from ${from};`);
        }
        return "";
      })
      .replace(/^import \* as (\w+) from ("[^"]+");/gm, (line) => {
        imports.add(line);
        return "";
      })
      .replace(/^(export default|\/\/ in the Worker)[\s\S]*/m, "")
      .replace(
        /^export class \w+ extends createServer/m,
        `servers.${name} = class extends createServer`,
      )
      .replace(/^createServer/m, `servers.${name} = createServer`);
    return `{ ${rest} }\nexport const ${name} = servers.${name};`;
  });
  return `${[...imports].join("\n")}
    const servers = {};
    ${OWN}
    ${blocks.join("\n")}
    export default {
      fetch(request, env) {
        const name = new URL(request.url).searchParams.get("server");
        return env[name].getByName("default").fetch(request);
      },
    };`;
}

/** Resolves when the server has heard all that the client has sent so far. */
async function heard(client: Socket): Promise<void> {
  const nowhere = client.io.socket("/that-no-page-has");
  nowhere.connect();
  const [error] = await next(nowhere, "connect_error");
  assert.equal((error as Error).message, "Invalid namespace");
}

test("pages show servers", () => {
  assert.ok(servers.length > 40, `${servers.length}`);
});

for (const { where, code, name } of servers) {
  test(where, async () => {
    const [, options = {}] = Object.entries(CLIENTS).find(([holds]) => code.includes(holds)) ?? [];
    const { query, ...more } = options as { query?: object };
    const given = { ...more, query: { ...query, server: name }, reconnection: false };
    const client = connect(worker.url, "", given);
    clients.push(client);
    await next(client, "connect");
    const { id } = client;
    if (!code.includes("hibernate: false")) await worker.evict("default", "hibernate", name);
    client.emit("something that nobody listens to");
    await heard(client);
    assert.equal(client.id, id);
  });
}
