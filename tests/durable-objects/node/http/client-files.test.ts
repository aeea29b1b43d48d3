// What a server on Node serves beside the sockets, as `socket.io` does: the client's files, compressed answers.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { gunzipSync, inflateSync } from "node:zlib";
import { Server as UpstreamServer } from "socket.io";
import { Server } from "../../../../durable-objects/node/index.ts";
import { listen } from "../../../support/oracle.ts";
import { type RawAnswer, send } from "../../../support/raw-http.ts";

const OPTIONS = {
  cors: { origin: "https://a.example" },
  transports: ["polling", "websocket"] as const,
};

/** The URLs of the two, with the same options. */
const urls = { ours: "", upstream: "" };
const stops: (() => Promise<unknown>)[] = [];

async function start(make: (httpServer: never) => { close(): unknown }): Promise<string> {
  const httpServer = createServer((_request, response) => void response.writeHead(404).end("none"));
  const io = make(httpServer as never);
  const { url, stop } = await listen(httpServer);
  stops.push(async () => void (await Promise.all([io.close(), stop()])));
  return url;
}

before(async () => {
  const options = { ...OPTIONS, transports: [...OPTIONS.transports] };
  urls.ours = await start((httpServer) => new Server(httpServer, options));
  urls.upstream = await start((httpServer) => new UpstreamServer(httpServer, options));
});
after(() => Promise.all(stops.map((stop) => stop())));

const SEEN = [
  "content-type",
  "content-encoding",
  "etag",
  "cache-control",
  "access-control-allow-origin",
];

function seen({ status, headers }: RawAnswer): unknown {
  return [status, ...SEEN.map((name) => headers[name])];
}

const ENCODINGS = ["br, gzip", "gzip", "deflate;q=0.5", "gzip;q=0", "*"];

for (const [name, encodings] of [
  ["socket.io.js", [""]],
  ["socket.io.min.js", ["", ...ENCODINGS]],
  ["socket.io.esm.min.js", [""]],
  ["socket.io.min.js.map", [""]],
] as const) {
  test(`${name} is served as upstream serves it`, async () => {
    for (const encoding of encodings) {
      const headers = { "accept-encoding": encoding, origin: "https://a.example" };
      const path = `/socket.io/${name}?v=1`;
      const [ours, upstream] = await Promise.all([
        send(urls.ours + path, { headers }),
        send(urls.upstream + path, { headers }),
      ]);
      assert.deepEqual(seen(ours), seen(upstream), encoding);
      if (encoding === "") assert.equal(ours.body, upstream.body);
    }
  });
}

test("a client that has the file already gets 304", async () => {
  const { headers } = await send(`${urls.ours}/socket.io/socket.io.js`);
  for (const etag of [headers.etag, `W/${headers.etag}`]) {
    const again = { headers: { "if-none-match": etag as string } };
    assert.equal((await send(`${urls.ours}/socket.io/socket.io.js`, again)).status, 304);
  }
});

test("other names below the path are requests of clients", async () => {
  for (const name of ["socket.io.evil.js", "..%2fpackage.json", "socket.io.js/x", ""]) {
    const { status, body } = await send(`${urls.ours}/socket.io/${name}`);
    assert.deepEqual([status, body.slice(0, 10)], [400, '{"code":0,']);
  }
});

test("serveClient: false serves nothing, and can be changed", async () => {
  let io: Server | undefined;
  const url = await start((httpServer) => {
    io = new Server(httpServer, { serveClient: false });
    return io;
  });
  assert.equal(io?.serveClient(), false);
  assert.equal((await send(`${url}/socket.io/socket.io.js`)).status, 400);
  assert.equal(io?.serveClient(true), io);
  assert.equal((await send(`${url}/socket.io/socket.io.js`)).status, 200);
});

/** What a poll is answered with when so much text waits. */
async function poll(url: string, size: number, encoding: string, event = "echo") {
  const base = `${url}/socket.io/?EIO=4&transport=polling`;
  const { sid } = JSON.parse((await (await fetch(base)).text()).slice(1));
  const session = `${base}&sid=${sid}`;
  await fetch(session, { method: "POST", body: "40" });
  await fetch(session);
  await fetch(session, { method: "POST", body: `42["${event}","${"é".repeat(size)}"]` });
  return rawBody(session, encoding);
}

/** Without an HTTP client that unpacks it. */
async function rawBody(
  url: string,
  encoding: string,
): Promise<{ encoding: unknown; body: Buffer }> {
  const { request } = await import("node:http");
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers: { "accept-encoding": encoding } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => {
        const found = response.headers["content-encoding"];
        resolve({ encoding: found, body: Buffer.concat(chunks) });
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}

const UNPACK = { gzip: gunzipSync, deflate: inflateSync };

test("httpCompression packs larger answers, for those who take them so", async () => {
  const make = (httpCompression?: object | boolean) =>
    start((httpServer) => {
      const transports = ["polling" as const];
      const io = new Server(httpServer, {
        transports,
        ...(httpCompression !== undefined && { httpCompression }),
      });
      io.on("connection", (socket) => {
        socket.on("echo", (text) => void socket.emit("echo", text));
      });
      return io;
    });
  const usual = await make();
  for (const [size, accepted, expected] of [
    [1_000, "gzip, deflate", "gzip"],
    [1_000, "deflate", "deflate"],
    [1_000, "br", undefined],
    [100, "gzip", undefined],
  ] as const) {
    const { encoding, body } = await poll(usual, size, accepted);
    assert.equal(encoding, expected);
    const plain = expected === undefined ? body : UNPACK[expected](body);
    assert.equal(plain.toString(), `42["echo","${"é".repeat(size)}"]`);
  }
  assert.equal((await poll(await make(false), 1_000, "gzip")).encoding, undefined);
  assert.equal((await poll(await make({ threshold: 10, level: 1 }), 100, "gzip")).encoding, "gzip");
});

for (const [name, Subject] of [
  ["ours", Server as unknown as typeof UpstreamServer],
  ["upstream's", UpstreamServer],
] as const) {
  test(`an answer with nothing but packets that need not be compressed is not: ${name}`, async () => {
    const url = await start((httpServer) => {
      const io = new Subject(httpServer, { transports: ["polling"], httpCompression: true });
      io.on("connection", (socket) => {
        socket.on("one", (text) => void socket.compress(false).emit("echo", text));
        socket.on("all", (text) => void io.compress(false).emit("echo", text));
        socket.on("listened", (text) => {
          socket.conn.on("drain", () => {});
          socket.compress(false).emit("echo", text);
        });
        socket.on("both", (text) => {
          io.compress(false).emit("echo", text);
          socket.emit("echo", text);
        });
      });
      return io;
    });
    for (const event of ["one", "all", "listened"]) {
      assert.equal((await poll(url, 1_000, "gzip", event)).encoding, undefined, event);
    }
    assert.equal((await poll(url, 1_000, "gzip", "both")).encoding, "gzip");
  });
}
