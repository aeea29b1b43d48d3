// What middlewares write to: as Node's own response, for all that they ask of it.
import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { test } from "node:test";
import { CollectedResponse } from "../../../../durable-objects/shared/handshake/collected-response.ts";

type Steps = (response: ServerResponse) => unknown;

const STEPS: [string, Steps][] = [
  ["a text", (response) => response.setHeader("X-A", "1").getHeader("x-a")],
  ["a number", (response) => response.setHeader("X-A", 1).getHeader("X-A")],
  [
    "a list",
    (response) => response.setHeader("Set-Cookie", ["a=1", "b=2"]).getHeader("set-cookie"),
  ],
  ["nothing", (response) => response.getHeader("set-cookie")],
  [
    "a second text",
    (response) => response.setHeader("x-a", "1").setHeader("X-A", "2").getHeaders(),
  ],
  [
    "added to nothing",
    (response) => response.appendHeader("Set-Cookie", "a=1").getHeader("set-cookie"),
  ],
  [
    "added to a text",
    (response) =>
      response.setHeader("Vary", "A").appendHeader("vary", ["B", "C"]).getHeader("VARY"),
  ],
  [
    "names",
    (response) => response.setHeader("X-B", "1").setHeader("X-A", "2").getHeaderNames().sort(),
  ],
  [
    "there or not",
    (response) => [response.setHeader("X-A", "1").hasHeader("x-a"), response.hasHeader("b")],
  ],
  [
    "removed",
    (response) => {
      response.setHeader("X-A", "1").removeHeader("x-a");
      return [response.hasHeader("X-A"), response.getHeader("X-A")];
    },
  ],
  ["no value", (response) => response.setHeader("X-A", undefined as never)],
  [
    "by writeHead",
    (response) => [
      response.setHeader("X-B", "2").writeHead(404, "gone", { "X-A": "1" }).getHeader("x-a"),
      response.statusCode,
    ],
  ],
  [
    "by writeHead, as a list",
    (response) => response.writeHead(200, ["X-A", "1", "X-B", "2"]).headersSent,
  ],
  ["set too late", (response) => response.writeHead(200).setHeader("X-A", "1")],
  ["added too late", (response) => response.writeHead(200).appendHeader("X-A", "1")],
  ["removed too late", (response) => response.writeHead(200).removeHeader("X-A")],
  [
    "sent or not",
    (response) => [response.headersSent, response.end("body").headersSent, response.finished],
  ],
  ["ended", (response) => [response.writableEnded, response.end().writableEnded]],
];

function outcome(steps: Steps, response: ServerResponse): unknown {
  try {
    return steps(response);
  } catch (error) {
    const { name, code } = error as NodeJS.ErrnoException;
    return { name, code };
  }
}

for (const [what, steps] of STEPS) {
  test(`${what}: as Node's response`, () => {
    const node = new ServerResponse(new IncomingMessage(new Socket()));
    const ours = new CollectedResponse(new Headers()) as unknown as ServerResponse;
    assert.deepEqual(JSON.stringify(outcome(steps, ours)), JSON.stringify(outcome(steps, node)));
  });
}

test("headers that were there can be read, and what is written arrives", () => {
  const headers = new Headers({ vary: "Origin" });
  const response = new CollectedResponse(headers);
  assert.equal(response.getHeader("Vary"), "Origin");
  response.appendHeader("Vary", "Accept").setHeader("Set-Cookie", ["a=1", "b=2"]);
  assert.equal(headers.get("vary"), "Origin, Accept");
  assert.deepEqual(headers.getSetCookie(), ["a=1", "b=2"]);
});

test("an event that changes the headers sees those of middlewares, and may add to them in another case", () => {
  const headers = new Headers();
  const response = new CollectedResponse(headers);
  response.setHeader("Set-Cookie", "session=1").setHeader("X-Gone", "1").writeHead(101);
  response.change((fields) => {
    assert.deepEqual(Object.keys(fields).sort(), ["Set-Cookie", "X-Gone"]);
    delete fields["X-Gone"];
    fields["set-cookie"] = "uid=2";
  });
  assert.deepEqual(headers.getSetCookie(), ["session=1", "uid=2"]);
  assert.equal(headers.has("x-gone"), false);
});
