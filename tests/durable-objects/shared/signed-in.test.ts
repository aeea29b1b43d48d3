// Sessions of express-session and users of passport: as on npm socket.io, awake; what of them is data
// is there after a sleep.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { Server } from "../../../durable-objects/node/index.ts";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { listen, type Oracle, startOracle } from "../../support/oracle.ts";
import { upgrade } from "../../support/raw-http.ts";
import { signIn } from "../../support/signed-in.ts";
import { ask, connect } from "../../support/stock-client.ts";

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
    assert.deepEqual(await ask(socket, "methods"), [["undefined", "undefined"]]);
    assert.deepEqual(await ask(socket, "visit"), [3]);
    await sleep();
    assert.deepEqual(await ask(socket, "visit"), [4]);
    socket.close();
  });
}

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
            import { signIn } from "./tests/support/signed-in.ts";
            export const Signed = createServer((io) => signIn(io));
            export default {
              fetch: async (request, env) =>
                (await routeSocketIO(request, env.SIGNED, { name: "signed" })) ?? new Response("", { status: 404 }),
            };
          `,
        },
        classes: { SIGNED: "Signed" },
        compatibilityFlags: ["nodejs_compat"],
        bindings: { DEBUG: "dormouse:socket" },
      });
    });
    after(() => worker.stop());
    signedIn(
      () => worker.url,
      () => worker.evict("signed"),
    );

    test("what is not kept is told of once", () => {
      for (const name of ["sessionStore", "logIn"]) {
        const lines = worker.output.split(`socket.request.${name} of`).length - 1;
        // Each of the object's lives has a ledger of its own.
        assert.ok(lines >= 1 && lines <= 3, `${name}: ${lines}\n${worker.output}`);
      }
    });
  });
}
