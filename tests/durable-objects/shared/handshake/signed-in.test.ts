// Sessions of express-session and users of passport: as on npm socket.io, awake; what of them is data
// is there after a sleep.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { Server } from "../../../../durable-objects/node/index.ts";
import { type RunningWorker, startWorker } from "../../../support/miniflare.ts";
import { listen, type Oracle, startOracle } from "../../../support/oracle.ts";
import { upgrade } from "../../../support/raw-http.ts";
import { makeToken, signIn, withTokens } from "../../../support/signed-in.ts";
import { ask, connect, next } from "../../../support/stock-client.ts";

let oracle: Oracle;
let expected: unknown;

before(async () => {
  oracle = await startOracle({ transports: ["websocket"] }, signIn);
  const socket = connect(oracle.url, "", { query: { login: "ada" } });
  [expected] = await ask(socket, "who");
  socket.close();
});

after(() => oracle.stop());

/** `sleep`: puts the server to sleep. */
function signedIn(url: () => string, sleep: () => unknown): void {
  test("awake, the request shows what middlewares put on it, as upstream", async () => {
    const socket = connect(url(), "", { query: { login: "ada" } });
    assert.deepEqual(await ask(socket, "who"), [expected]);
    assert.deepEqual(await ask(socket, "methods"), [["function", "function"]]);
    assert.deepEqual(await ask(socket, "visit"), [2]);
    socket.close();
    const [theirs, ours] = await Promise.all([upgrade(oracle.url), upgrade(url())]);
    assert.equal(ours.headers["set-cookie"]?.length, 1);
    const nameOf = (cookies: string[] | undefined) => cookies?.[0]?.split("=")[0];
    assert.equal(nameOf(ours.headers["set-cookie"]), nameOf(theirs.headers["set-cookie"]));
  });

  test("after a sleep, all of it that is data is there, as it was last", async () => {
    const socket = connect(url(), "", { query: { login: "ada" } });
    assert.deepEqual(await ask(socket, "visit"), [2]);
    await sleep();
    assert.deepEqual(await ask(socket, "who"), [{ ...(expected as object), visits: 2 }]);
    assert.deepEqual(await ask(socket, "methods"), [["function", "function"]]);
    assert.deepEqual(await ask(socket, "visit"), [3]);
    await sleep();
    assert.deepEqual(await ask(socket, "visit"), [4]);
    socket.close();
  });

  test("after a sleep, sessions and users have their methods, and do the same as awake", async () => {
    const theirs = connect(oracle.url, "", { query: { login: "ada" } });
    const used = await ask(theirs, "use");
    theirs.close();
    const socket = connect(url(), "", { query: { login: "ada" } });
    assert.deepEqual(await ask(socket, "use"), used);
    const [id] = await ask(socket, "session id");
    for (let round = 0; round < 2; round++) {
      await sleep();
      assert.deepEqual(await ask(socket, "use"), used);
      assert.deepEqual(await ask(socket, "session id"), [id]);
    }
    socket.close();
  });

  test("a namespace's middlewares: sessions, listeners and middlewares of the socket are there again", async () => {
    const seen = [];
    for (const [to, rest] of [
      [oracle.url, () => {}],
      [url(), sleep],
    ] as const) {
      const socket = connect(`${to}/wrapped`);
      const lines: unknown[] = [];
      for (let round = 0; round < 3; round++) {
        if (round > 0) await rest();
        lines.push(await ask(socket, "try"), await ask(socket, "in front"));
        const refused = next(socket, "refused");
        socket.emit("forbidden");
        lines.push(await refused);
      }
      seen.push(lines);
      socket.close();
    }
    assert.deepEqual(seen[1], seen[0]);
  });
}

/** `count`: how often a token had been looked at before. */
function tokens(url: () => string, sleep: () => unknown): void {
  test("claims of a JSON Web Token are kept: nobody looks at the token again", async () => {
    const token = await makeToken();
    const claims = { name: "Ada", roles: ["admin"], sub: "ada" };
    const socket = connect(url(), "", { query: { token } });
    const [first, count] = await ask(socket, "claims");
    assert.deepEqual(first, claims);
    await sleep();
    assert.deepEqual(await ask(socket, "claims"), [claims, count]);
    await sleep();
    assert.deepEqual(await ask(socket, "claims"), [claims, count]);
    socket.close();
  });
}

describe("Node, with tokens", () => {
  const httpServer = createServer();
  const io = new Server(httpServer);
  let url = "";
  before(async () => {
    withTokens(io);
    ({ url } = await listen(httpServer));
  });
  after(() => io.close());
  tokens(
    () => url,
    () => io.hibernate(),
  );
});

describe("Node", () => {
  const httpServer = createServer();
  const io = new Server(httpServer);
  let url = "";
  before(async () => {
    signIn(io);
    ({ url } = await listen(httpServer));
  });
  after(() => io.close());
  signedIn(
    () => url,
    () => io.hibernate(),
  );
});

for (const entry of ["dormouse-io", "dormouse-io/partyserver"]) {
  describe(entry, () => {
    let worker: RunningWorker;
    before(async () => {
      worker = await startWorker({
        entry: {
          source: `
            import { createServer, routeSocketIO } from "${entry}";
            import { signIn, withTokens } from "./tests/support/signed-in.ts";
            export const Signed = createServer((io) => signIn(io));
            export const Tokens = createServer((io) => withTokens(io));
            export default {
              fetch: async (request, env) => {
                const binding = request.url.includes("token=") ? env.TOKENS : env.SIGNED;
                const answer = await routeSocketIO(request, binding, { name: "signed" });
                return answer ?? new Response("", { status: 404 });
              },
            };
          `,
        },
        classes: { SIGNED: "Signed", TOKENS: "Tokens" },
        compatibilityFlags: ["nodejs_compat"],
        bindings: { DEBUG: "dormouse:socket" },
      });
    });
    after(() => worker.stop());
    signedIn(
      () => worker.url,
      () => worker.evict("signed"),
    );
    tokens(
      () => worker.url,
      () => worker.evict("signed", "hibernate", "TOKENS"),
    );

    test("what is not kept is told of once", () => {
      for (const name of ["sessionStore", "logIn"]) {
        const lines = worker.output.split(`socket.request.${name} of`).length - 1;
        // Each of the object's lives has a ledger of its own.
        assert.ok(lines >= 1 && lines <= 7, `${name}: ${lines}\n${worker.output}`);
      }
    });
  });
}
