// The real client of Socket.IO 2 (npm `socket.io-client` 2.5, Engine.IO protocol 3) on every host.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import connectClient from "socket.io-client-2";
import { HOSTS, type Host } from "./hosts.ts";

type Client = ReturnType<typeof connectClient>;

const TRANSPORTS = [["websocket"], ["polling"], ["polling", "websocket"]];

for (const [name, start] of Object.entries(HOSTS)) {
  let running: Promise<Host> | undefined;
  after(async () => (await running)?.stop());

  for (const transports of TRANSPORTS) {
    describe(`socket.io-client 2 on ${name}, by ${transports.join(" and ")}`, () => {
      let host: Host;
      const clients: Client[] = [];
      before(async () => {
        running ??= start();
        host = await running;
      });
      after(() => {
        for (const client of clients) client.close();
      });

      function connect(path = ""): Client {
        const options = { transports, forceNew: true, reconnection: false };
        const client = connectClient(`${host.url}${path}`, options);
        clients.push(client);
        return client;
      }

      test("connects to the main namespace, with the id of its connection", async () => {
        const client = connect();
        assert.deepEqual(await next(client, "welcome"), ["/", {}, 3]);
        assert.equal(client.id, (client.io as unknown as { engine: { id: string } }).engine.id);
      });

      test("joins another namespace; its query is the auth", async () => {
        const client = connect("/chat?token=abc&name=al%20ice");
        assert.deepEqual(await next(client, "welcome"), [
          "/chat",
          { token: "abc", name: "al ice" },
          3,
        ]);
        assert.match(client.id, /^\/chat#/);
      });

      test("is refused, with the message alone", async () => {
        assert.deepEqual(await next(connect("/closed"), "error"), ["not today"]);
        const [error] = await next(connect("/unknown"), "error");
        assert.deepEqual(error, { message: "Invalid namespace" });
      });

      test("sends and gets events", async () => {
        const client = connect();
        const args = [1, "zwei", { three: [null, true, "🐭"] }];
        client.emit("echo", ...args);
        assert.deepEqual(await next(client, "echo"), args);
      });

      test("sends and gets binary data", async () => {
        const client = connect("/chat");
        client.emit("echo", Buffer.of(1, 2, 3), { nested: [Buffer.of(), "text", Buffer.of(4)] });
        assert.deepEqual(await next(client, "echo"), [
          Buffer.of(1, 2, 3),
          { nested: [Buffer.of(), "text", Buffer.of(4)] },
        ]);
      });

      test("asks and is asked, with binary data, too", async () => {
        const client = connect();
        assert.deepEqual(await ask(client, "ask", 1, { a: Buffer.of(7) }), [
          1,
          { a: Buffer.of(7) },
        ]);
        client.on(
          "question",
          (value: number, bytes: Buffer, answer: (...all: unknown[]) => void) => {
            answer(value + 1, bytes);
          },
        );
        client.emit("ask me", 1, Buffer.of(8));
        assert.deepEqual(await next(client, "answered"), [2, Buffer.of(8)]);
      });

      test("pings, is answered, and stays for several intervals", async () => {
        const client = connect();
        await next(client, "welcome");
        for (let pongs = 0; pongs < 5; pongs++) await next(client, "pong");
        assert.equal(client.connected, true);
        const [heartbeats] = await ask(client, "heartbeats");
        assert.ok((heartbeats as number) >= 4, `${heartbeats} heartbeats`);
      });

      test("leaves; the others hear why", async () => {
        const [one, other] = [connect(), connect()];
        await Promise.all([next(one, "welcome"), next(other, "welcome")]);
        const heard = next(other, "left");
        one.disconnect();
        assert.deepEqual(await heard, ["/", "client namespace disconnect"]);
      });

      test("goes over the transport that it should", async () => {
        const client = connect();
        await next(client, "welcome");
        const { engine } = client.io as { engine: { transport: { name: string } } };
        const last = transports.at(-1) as string;
        while (engine.transport.name !== last) await ask(client, "ask");
        assert.deepEqual(await ask(client, "ask", "é🐭"), ["é🐭"]);
      });

      test("is disconnected by the server", async () => {
        const client = connect("/chat");
        await next(client, "welcome");
        client.emit("end me");
        assert.deepEqual(await next(client, "disconnect"), ["io server disconnect"]);
      });
    });
  }
}

/** The next event of that name. */
function next(client: Client, event: string): Promise<unknown[]> {
  return new Promise((resolve) => client.once(event, (...args: unknown[]) => resolve(args)));
}

function ask(client: Client, event: string, ...args: unknown[]): Promise<unknown[]> {
  return new Promise((resolve) => {
    client.emit(event, ...args, (...answer: unknown[]) => resolve(answer));
  });
}
