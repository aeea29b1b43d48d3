// `perMessageDeflate` on Node: what clients agree to is packed, in order with what is not.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { Socket as NetSocket } from "node:net";
import { test } from "node:test";
import { Server as Upstream } from "socket.io";
import { Server, type ServerOptions } from "../../../../durable-objects/node/index.ts";
import { upgrade } from "../../../support/raw-http.ts";
import { client, listen, start } from "../running.ts";

const LONG = "what is said again and again ".repeat(1_000);

/** How many bytes a server writes to a client for these options, when it sends one long text. */
async function written(
  context: Parameters<typeof start>[0],
  options: ServerOptions,
  isPlain: "compressed" | "plain" = "compressed",
): Promise<number> {
  const { io, http, url } = await start(context, options);
  const connections: NetSocket[] = [];
  http.on("connection", (connection: NetSocket) => void connections.push(connection));
  const socket = client(context, url);
  await once(socket as never, "connect");
  const before = connections[0]?.bytesWritten ?? 0;
  const came = once(socket as never, "text");
  (isPlain === "plain" ? io.compress(false) : io).emit("text", LONG);
  assert.deepEqual(await came, [LONG]);
  return (connections[0]?.bytesWritten ?? 0) - before;
}

test("long messages are packed, short ones, those below the threshold and those of compress(false) are not", async (context) => {
  assert.ok((await written(context, {})) > LONG.length);
  assert.ok((await written(context, { perMessageDeflate: false })) > LONG.length);
  assert.ok((await written(context, { perMessageDeflate: true })) < LONG.length / 10);
  const high = { perMessageDeflate: { threshold: 2 * LONG.length } };
  assert.ok((await written(context, high)) > LONG.length);
  assert.ok((await written(context, { perMessageDeflate: true }, "plain")) > LONG.length);
});

test("messages of all lengths and kinds keep their order, to one and to all, through a sleep", async (context) => {
  const { io, url } = await start(context, { perMessageDeflate: { threshold: 100 } });
  const clients = [client(context, url), client(context, url, { perMessageDeflate: false })];
  await Promise.all(clients.map((socket) => once(socket as never, "connect")));
  const expected: unknown[] = [];
  const received = clients.map((socket) => {
    const seen: unknown[] = [];
    return new Promise<unknown[]>((resolve) => {
      socket.on("value", (value) => seen.push(value));
      socket.on("end", () => resolve(seen));
    });
  });
  const send = (value: unknown): void => {
    expected.push(value);
    io.emit("value", value);
  };
  for (let at = 0; at < 50; at++) {
    send(at);
    send(LONG.slice(0, at * 100));
    send(Buffer.from(LONG.slice(0, at * 10)));
    if (at === 25) await io.hibernate();
  }
  for (const socket of io.sockets.sockets.values()) socket.emit("end");
  for (const seen of await Promise.all(received)) assert.deepEqual(seen, expected);
});

test("what is unpacked is held against maxHttpBufferSize", async (context) => {
  const { io, url } = await start(context, { perMessageDeflate: true, maxHttpBufferSize: 1_000 });
  const ended = new Promise((resolve) => {
    io.on("connection", (socket) => socket.on("disconnect", resolve));
  });
  const socket = client(context, url, { reconnection: false, perMessageDeflate: { threshold: 0 } });
  socket.emit("text", LONG);
  assert.equal(await ended, "transport error");
});

test("the extension is negotiated as upstream does", async (context) => {
  const offers = [
    "permessage-deflate; client_max_window_bits",
    "permessage-deflate; server_no_context_takeover",
    "permessage-deflate; server_max_window_bits=10",
  ];
  const agreed = async (Class: typeof Server, option: object | boolean): Promise<unknown> => {
    const http = createServer();
    const io = new Class(http, { perMessageDeflate: option });
    context.after(() => io.close());
    const url = await listen(http);
    const answers = [];
    for (const offer of offers) {
      const { headers } = await upgrade(url, { "sec-websocket-extensions": offer });
      answers.push(headers["sec-websocket-extensions"]);
    }
    return answers;
  };
  for (const option of [false, true, { serverNoContextTakeover: true, serverMaxWindowBits: 9 }]) {
    const ours = await agreed(Server, option);
    assert.deepEqual(ours, await agreed(Upstream as unknown as typeof Server, option));
  }
});
