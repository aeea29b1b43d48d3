// Mistakes in a Worker's own code: clear answers, one line in the log.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { send, upgrade } from "../../support/raw-http.ts";

let worker: RunningWorker;

before(async () => {
  worker = await startWorker({
    entry: {
      source: `
        import { createServer, routeSocketIO } from "dormouse-io";
        export class Chat extends createServer(() => {}) {}
        const calls = {
          null: (request, env) => routeSocketIO(request, env.CHAT, { name: () => null }),
          undefined: (request, env) => routeSocketIO(request, env.CHAT, { name: async () => {} }),
          misspelt: (request, env) => routeSocketIO(request, env.CHAT, { nmae: "x" }),
          "no-slash": (request, env) => routeSocketIO(request, env.CHAT, { path: "chat" }),
          "ill-typed": (request, env) => routeSocketIO(request, env.CHAT, { path: /x/ }),
          missing: (request, env) => routeSocketIO(request, env.CHATS),
          other: (request, env) => routeSocketIO(request, env),
          context: (request, env) => routeSocketIO({ req: request }, env.CHAT),
          right: (request, env) => routeSocketIO(request, env.CHAT, { name: () => "" }),
          throwing: (request, env) =>
            routeSocketIO(request, env.CHAT, { name: () => { throw new TypeError("theirs"); } }),
        };
        export default {
          async fetch(request, env) {
            const { searchParams } = new URL(request.url);
            if (searchParams.has("create")) {
              try {
                createServer(...created[searchParams.get("create")]);
              } catch (error) {
                return new Response(String(error));
              }
            }
            try {
              const answer = await calls[searchParams.get("call")](request, env);
              return answer ?? new Response("not found", { status: 404 });
            } catch (error) {
              return new Response("threw " + error, { status: 503 });
            }
          },
        };
        const setup = () => {};
         const created = {
           nothing: [], options: [{}], swapped: [setup, {}], text: ["x", setup], two: [setup, setup],
           "null": [null], notAFunction: [{}, "x"], "null and a function": [null, setup], "undefined and a function": [undefined, setup],
         };
      `,
    },
    classes: { CHAT: "Chat" },
  });
});

after(() => worker.stop());

const ANSWERS: [string, RegExp][] = [
  ["null", /option "name" of routeSocketIO .* it gave null/],
  ["undefined", /option "name" of routeSocketIO .* it gave undefined/],
  ["misspelt", /unknown option "nmae" \(did you mean "name"\?\)/],
  ["ill-typed", /option "path" must be a path that starts with a slash, got \{\}/],
  ["no-slash", /option "path" must be a path that starts with a slash, got "chat"/],
  ["missing", /needs the binding of a Durable Object class .* got undefined: .*durable_objects/],
  ["other", /needs the binding of a Durable Object class .* got \{/],
  ["context", /needs the Request as its first argument \(in Hono: c\.req\.raw\)/],
];

for (const [call, expected] of ANSWERS) {
  test(`routeSocketIO, ${call}: a 500 with text`, async () => {
    for (let i = 0; i < 2; i++) {
      const answer = await upgrade(worker.url, {}, `EIO=4&transport=websocket&call=${call}`);
      assert.equal(answer.status, 500);
      assert.match(answer.body, /^dormouse: /);
      assert.match(answer.body, expected);
    }
  });
}

test("each is logged once", () => {
  for (const expected of [
    /option "name" of routeSocketIO/g,
    /binding of a Durable Object class/g,
  ]) {
    assert.equal(worker.output.match(expected)?.length, 1);
  }
});

test("what is right goes on, and what the application throws is its own", async () => {
  const right = await upgrade(worker.url, {}, "EIO=4&transport=websocket&call=right");
  assert.equal(right.status, 101);
  const throwing = await upgrade(worker.url, {}, "EIO=4&transport=websocket&call=throwing");
  assert.equal(throwing.status, 503);
  assert.match(throwing.body, /threw TypeError: theirs/);
});

test("a missing binding is none of the business of other paths", async () => {
  assert.equal((await send(`${worker.url}/other?call=missing`)).status, 404);
});

const CREATED: [string, RegExp][] = [
  ["nothing", /the function is missing/],
  ["options", /the function is missing/],
  ["notAFunction", /the function is missing/],
  ["null", /the function is missing/],
  ["swapped", /the options come first/],
  ["two", /there are two functions/],
  ["text", /the options must be an object/],
  ["null and a function", /the options must be an object/],
];

for (const [what, expected] of CREATED) {
  test(`createServer, ${what}: says how it is called`, async () => {
    const answer = await send(`${worker.url}/?create=${encodeURIComponent(what)}`);
    assert.match(answer.body, /^TypeError: dormouse: /);
    assert.match(answer.body, expected);
  });
}

test("createServer takes undefined for no options", async () => {
  const query = `create=${encodeURIComponent("undefined and a function")}&call=right`;
  assert.equal((await send(`${worker.url}/?${query}`)).status, 404);
});
