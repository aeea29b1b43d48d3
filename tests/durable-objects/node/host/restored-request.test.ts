// What applications read of a request is there after a sleep, too, and what they would lose in the next is refused.
import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { type TestContext, test } from "node:test";
import type { Server, Socket } from "../../../../durable-objects/node/index.ts";
import { client, start } from "../running.ts";

async function connected(context: TestContext): Promise<{ io: Server; socket: () => Socket }> {
  const { io, url } = await start(context);
  const came = once(io as never, "connection");
  client(context, url, { extraHeaders: { "X-Two": "one" } });
  await came;
  const socket = () => [...io.sockets.sockets.values()][0] as Socket;
  return { io, socket };
}

/** Node sets `upgrade`, and its types do not have it. */
type Request = IncomingMessage & { upgrade?: boolean };

const requestOf = (socket: Socket) => socket.request as unknown as Request;

function seen(request: Request): unknown {
  const { httpVersion, httpVersionMajor, rawHeaders, complete, aborted, trailers, upgrade } =
    request;
  const { remoteAddress, remotePort, remoteFamily, localPort } = request.socket;
  return {
    ...{ httpVersion, httpVersionMajor, rawHeaders, complete, aborted, trailers, upgrade },
    ...{ url: request.url, method: request.method, headers: { ...request.headers } },
    distinct: request.headersDistinct,
    socket: { remoteAddress, remotePort, remoteFamily, localPort },
    isSame: request.connection.remotePort === request.socket.remotePort,
    listeners: typeof request.listeners("close"),
  };
}

test("a request tells after a sleep, and after another, what it told before", async (context) => {
  const { io, socket } = await connected(context);
  const before = seen(requestOf(socket()));
  for (let twice = 0; twice < 2; twice++) {
    await io.hibernate();
    assert.deepEqual(seen(requestOf(socket())), before);
  }
});

test("what the application has changed, and has hung on it, is what was kept", async (context) => {
  const { io, socket } = await connected(context);
  const unkept = () => {};
  Object.assign(socket().request, { url: "/changed", user: { name: "Ann" }, unkept });
  (socket().request.headers as Record<string, string>)["x-two"] = "two";
  await io.hibernate();
  const request = socket().request as unknown as IncomingMessage & { user?: unknown };
  assert.deepEqual(
    [request.url, request.headers["x-two"], request.user, "unkept" in request],
    ["/changed", "two", { name: "Ann" }, false],
  );
  assert.deepEqual(request.rawHeaders.includes("one"), true);
});

test("listeners that the next sleep would lose are refused with what to do instead", async (context) => {
  const { io, socket } = await connected(context);
  await io.hibernate();
  const request = requestOf(socket());
  const remedy = /^Error: dormouse: request(\.socket)?\.\w+: .*"disconnect"/;
  assert.throws(() => request.on("close", () => {}), remedy);
  assert.throws(() => request.socket.once("close", () => {}), remedy);
  assert.throws(() => request.setTimeout(1), remedy);
  request.removeListener("close", () => {});
  assert.equal(request.listenerCount("close"), 0);
});

test("a request that was deleted to save memory stays deleted", async (context) => {
  const { io, socket } = await connected(context);
  Reflect.deleteProperty(socket().conn, "request");
  await io.hibernate();
  assert.equal(socket().request, undefined);
});
