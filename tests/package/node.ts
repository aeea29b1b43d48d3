/** Servers on Node: the README's, and those of older applications that find the package in place of `socket.io`. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { findCode } from "../support/pages.ts";
import { ALIAS, type Consumer, ROOT } from "./consumer.ts";
import { nodeVersions } from "./node-versions.ts";
import { talkTo } from "./support.ts";

const NODE = join(ROOT, "node_modules", ".bin", "node");

export function testNode(consumer: Consumer): void {
  for (const name of ["dormouse-io/node", "dormouse-io"]) {
    test(`the README's server for Node, from ${name}, reached by the stock client`, async () => {
      consumer.write("server.mjs", readmeServer().replace("dormouse-io/node", name));
      await talkTo(consumer.start(NODE, "server.mjs"));
    });
  }

  test("the README's Worker: its file in a program for Node", async () => {
    consumer.write("worker-under-test.ts", findCode("README.md", "ts", "createServer"));
    consumer.write(
      "on-node.mjs",
      `import { createServer } from "node:http";
      import worker, { Chat } from "./worker-under-test.ts";
      const http = createServer();
      const chat = new Chat(http, { NAME: "test" });
      const elsewhere = await worker.fetch(new Request("http://x/other"), {});
      if (elsewhere.status !== 404) throw new Error("not found was expected");
      await chat.io.hibernate();
      http.listen(0, () => console.log(http.address().port));`,
    );
    await talkTo(consumer.start(NODE, "on-node.mjs"));
  });

  for (const [version, program] of nodeVersions()) {
    test(`Node ${version}: the emitter posts what others can verify`, async () => {
      consumer.write("emit.mjs", EMITTER);
      assert.equal(await consumer.output(program, "emit.mjs"), "true news\n");
    });

    test(`Node ${version}: require("${ALIAS}") of the alias gives a function, as upstream's`, async () => {
      consumer.write("old.cjs", OLD_APPLICATION);
      await talkTo(consumer.start(program, "old.cjs"));
    });

    test(`Node ${version}: CommonJS takes long-polling from the ES module`, async () => {
      consumer.write("mixed.cjs", MIXED_APPLICATION);
      await talkTo(consumer.start(program, "mixed.cjs"));
    });

    test(`Node ${version}: ES modules find upstream's names in the alias`, async () => {
      consumer.write("new.mjs", NEW_APPLICATION);
      await talkTo(consumer.start(program, "new.mjs"));
    });
  }
}

/** The README's server for Node with the listeners of its Worker; prints its port. */
function readmeServer(): string {
  const listener = findCode("README.md", "ts", "createServer").match(
    /^ {2}io\.on.*?^ {2}\}\);$/ms,
  )?.[0];
  const server = findCode("README.md", "ts", "dormouse-io/node").replace("3000", "0");
  assert.ok(listener !== undefined && server.includes("new Server(0)"));
  const told = 'io.httpServer.on("listening", () => console.log(io.httpServer.address().port));';
  return `${server}\n${listener}\n${told}\n`;
}

/** Emits to a server that checks signatures by Node's own means. */
const EMITTER = `
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { emitter } from "dormouse-io/emitter";
const secret = "sixteen letters!";
const http = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  const { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": signature } = request.headers;
  const own = createHmac("sha256", secret).update(id + "." + time + "." + body).digest("base64");
  console.log(signature === "v1," + own, JSON.parse(body).calls[0].data[0]);
  response.end('{"version":1,"answers":[{}]}');
});
http.listen(0, "127.0.0.1", async () => {
  await emitter("http://127.0.0.1:" + http.address().port + "/emit", { secret }).emit("news");
  http.close();
  http.closeAllConnections();
});
`;

const LISTENERS = `
  io.on("connection", (socket) => {
    if (!(socket instanceof Socket)) throw new Error("Socket");
    socket.on("message", (text) => io.emit("message", socket.id, text));
  });
  http.listen(0, () => console.log(http.address().port));
`;

/** As many applications begin. */
const OLD_APPLICATION = `
  const http = require("node:http").createServer();
  const io = require("${ALIAS}")(http, { pingInterval: 10000 });
  const { Server, Namespace, Socket, createServer } = require("${ALIAS}");
  if (!(io instanceof Server && io.sockets instanceof Namespace)) throw new Error("Server");
  if (require("dormouse-io/node").Adapter === undefined) throw new Error("Adapter");
  if (typeof createServer !== "function") throw new Error("createServer");
  if (require("${ALIAS}/package.json").name !== "dormouse-io") throw new Error("package.json");
  ${LISTENERS}
`;

/** Two copies of the library, where `require` cannot have the other. */
const MIXED_APPLICATION = `
  const http = require("node:http").createServer();
  const { Server } = require("${ALIAS}");
  import("dormouse-io/polling").then(({ polling }) => {
    const io = new Server(http, { transports: [polling, "websocket"] });
    io.on("connection", (socket) => {
      socket.on("message", (text) => io.emit("message", socket.id, text));
    });
    http.listen(0, async () => {
      const { port } = http.address();
      const answer = await fetch("http://127.0.0.1:" + port + "/socket.io/?EIO=4&transport=polling");
      const text = await answer.text();
      if (!text.startsWith("0{")) throw new Error(text);
      console.log(port);
    });
  });
`;

const NEW_APPLICATION = `
  import { createServer } from "node:http";
  import { createRequire } from "node:module";
  import { Namespace, Server, Socket } from "${ALIAS}";
  const http = createServer();
  const io = new Server(http, { pingInterval: 10000 });
  if (!(io.sockets instanceof Namespace)) throw new Error("Namespace");
  // From the version on that can, require gives the very same classes.
  const required = createRequire(import.meta.url)("${ALIAS}");
  const isOne = process.features.require_module === true;
  if (isOne !== (required.Server === Server)) throw new Error("two copies");
  ${LISTENERS}
`;
