// PartyKit: rooms, sleep, options at the edge, the application's own handlers, on `partykit dev`.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { type DevServer, makeProject, startPartyKit } from "../../support/dev-server.ts";
import { FALLS_ASLEEP, testParties } from "../../support/party-suite.ts";
import { send, upgrade } from "../../support/raw-http.ts";
import { ask, connect, next } from "../../support/stock-client.ts";

const PARTIES = fileURLToPath(new URL("parties.worker.ts", import.meta.url));
const names = [
  "main",
  "strict",
  "sleepy",
  "wakeful",
  "large",
  "patient",
  "shared",
  "forgetful",
  "late",
  "fields",
  "wrapped",
  "torn",
  "endless",
];

const server = testParties(
  "partykit",
  async () => {
    const folder = await makeProject("partykit", (folder) => ({
      ...Object.fromEntries(
        names.map((name) => {
          return [`${name}.ts`, `export { ${name} as default } from ${JSON.stringify(PARTIES)};`];
        }),
      ),
      "partykit.json": {
        name: "parties",
        main: "main.ts",
        parties: Object.fromEntries(names.slice(1).map((name) => [name, `${folder}/${name}.ts`])),
        compatibilityDate: "2024-07-18",
        build: { alias: { "dormouse-io/partykit": `${folder}/dormouse.js` } },
      },
    }));
    return startPartyKit(folder);
  },
  testOwn,
);

/** What waits for real time, all at once. */
function testOwn(server: () => DevServer): void {
  test("the log says once: who polls, who is refused, who asks elsewhere, who is deaf after a sleep", async (t) => {
    const { url } = server();
    const party = `${url}/parties/late/a`;
    const deaf = connect(url, "/parties/late/a");
    t.after(() => deaf.close());
    await next(deaf, "connect");
    for (let twice = 0; twice < 2; twice++) {
      await send(`${party}/socket.io/?EIO=4&transport=polling`);
      await send(`${party}/live/?EIO=4&transport=polling`);
      await upgrade(url, {}, "EIO=4&transport=websocket&refuse=1");
    }
    await delay(FALLS_ASLEEP);
    deaf.emit("echo");
    await server().logged(/found no listeners/);
    for (const line of [
      /was refused: Transport unknown\. .* transports: \["websocket"\]/g,
      /was refused: Forbidden \(.*\)\. That was the option allowRequest/g,
      // Other tests ask elsewhere, too.
      /clients ask at ".*", and the server's path is "\/socket.io\/".* createServer/g,
      /an event of a client of \/ found no listeners.* `await` what it waits for/g,
    ]) {
      assert.equal(server().output.match(line)?.length, 1, `${line}, in ${server().output}`);
    }
  });

  test("a snapshot as large as a value of the storage survives; a larger one costs a reconnect", async () => {
    const { url } = server();
    const [fitting, large] = [
      connect(url, "/parties/main/fitting"),
      connect(url, "/parties/main/large"),
    ];
    const text = "x".repeat(130_000);
    await ask(fitting, "keep", text);
    await ask(large, "keep", text + text.slice(-2_000));
    const lost = next(large, "disconnect");
    await delay(FALLS_ASLEEP);
    assert.deepEqual(await ask(fitting, "kept"), [text, true]);
    large.emit("echo");
    assert.match(`${(await lost)[0]}`, /transport/);
    await next(large, "connect");
    assert.deepEqual(await ask(large, "kept"), [null, false]);
    await server().logged(/Values cannot be larger than 131072 bytes/);
    fitting.close();
    large.close();
  });

  test("a message beyond PartyKit's own limit costs its connection, and nobody else anything", async () => {
    const { url } = server();
    const [loud, other] = [connect(url, "/parties/large/a"), connect(url, "/parties/large/a")];
    const fits = "x".repeat(2 ** 20 - '42["echo",""]0'.length);
    assert.deepEqual(await ask(loud, "echo", fits), [fits]);
    await ask(other, "echo");
    const lost = next(loud, "disconnect");
    loud.emit("echo", `${fits}x`, () => {});
    const [reason, details] = (await lost) as [string, { context: { code: number } }];
    assert.deepEqual([reason, details.context.code], ["transport close", 1009]);
    assert.deepEqual(await ask(other, "echo", 1), [1]);
    loud.close();
    other.close();
  });

  test("a party that keeps its hook from being asked lets nobody in past allowRequest", async () => {
    const target = `${server().url.replace("http", "ws")}/parties/forgetful/a`;
    const handshake = { id: "x", protocol: 4, url: "http://a/socket.io/" };
    const text = JSON.stringify(handshake);
    const forged = {
      "x-dormouse-handshake": encodeURIComponent(text),
      "cf-blob": JSON.stringify({ dormouse: handshake }),
      dormouse: text,
    };
    const paths = ["/socket.io/", "/socket.io/?EIO=4&transport=websocket", "/socket.io/?_pk=x"];
    // At the same time: the platform ends the TCP of a connection that is refused only much later.
    const refused = paths.map(async (path) => {
      const socket = new WebSocket(target + path, { headers: forged });
      const frames: string[] = [];
      socket.on("message", (frame) => frames.push(`${frame}`));
      const [code, reason] = (await once(socket, "close")) as [number, Buffer];
      assert.deepEqual([code, `${reason}`], [1008, "the handshake was not checked"]);
      assert.deepEqual(frames, []);
    });
    await Promise.all(refused);
    await server().logged(/must call super.onBeforeConnect/);
    const plain = await send(
      `${server().url}/parties/forgetful/a/socket.io/?EIO=4&transport=polling`,
    );
    assert.equal(plain.status, 404);
    const own = new WebSocket(target, { headers: forged });
    const [frame] = (await once(own, "message")) as [Buffer];
    assert.equal(`${frame}`, "the application's");
    own.close();
  });

  test("handlers that are fields of the class are the application's, before and after a sleep, and ours come before them", async () => {
    const { url } = server();
    const prefix = "/parties/fields/a";
    const socket = connect(url, prefix);
    await ask(socket, "keep", 1);
    const visit = async (): Promise<void> => {
      assert.deepEqual(await ask(socket, "kept").then(([kept]) => kept), 1);
      const own = new WebSocket(url.replace("http", "ws") + prefix);
      assert.equal(`${(await once(own, "message"))[0]}`, "connected");
      const alarm = next(socket, "said");
      own.send("alarm");
      assert.deepEqual(await alarm, ["alarm"]);
      const closed = next(socket, "said");
      own.send("all");
      // Ours is not among them.
      assert.equal(`${(await once(own, "message"))[0]}`, "all of 1");
      assert.deepEqual(await closed, ["theirs closed"]);
      assert.equal((await send(url + prefix)).body, "by a field");
    };
    await visit();
    await delay(FALLS_ASLEEP);
    await visit();
    socket.close();
  });

  test("what is put around handlers sees the application's messages once, and ours", async () => {
    const { url } = server();
    const prefix = "/parties/wrapped/a";
    const socket = connect(url, prefix);
    assert.deepEqual(await ask(socket, "echo", 1), [1]);
    const own = new WebSocket(url.replace("http", "ws") + prefix);
    await once(own, "open");
    own.send("hello");
    assert.equal(`${(await once(own, "message"))[0]}`, "seen");
    assert.deepEqual(await ask(socket, "echo", 2), [2]);
    own.close();
    socket.close();
  });

  test("what allowRequest sets on the request at the edge shows in the room, and survives", async () => {
    const { url } = server();
    const socket = connect(url, "/parties/main/checked", { query: { user: "ada" } });
    assert.deepEqual((await ask(socket, "asked"))[0], { id: "ada" });
    assert.deepEqual(await ask(socket, "header", "x-checked"), ["at the edge"]);
    await delay(FALLS_ASLEEP);
    assert.deepEqual((await ask(socket, "asked"))[0], { id: "ada" });
    assert.deepEqual(await ask(socket, "header", "x-checked"), ["at the edge"]);
    assert.deepEqual(await ask(socket, "starts"), [2]);
    socket.close();
  });
}

test("a party whose own options have a room sleep that createServer keeps awake takes nobody, and says why", async () => {
  const { url } = server();
  const socket = connect(url, "/parties/torn/a", { reconnection: false });
  await Promise.race([next(socket, "connect_error"), next(socket, "disconnect")]);
  await server().logged(/hibernate is true among the party's own options, and false among/);
  assert.equal(socket.connected, false);
  socket.close();
});

test("a setup that never settles is told of", async () => {
  const { url } = server();
  const socket = connect(url, "/parties/endless/a", { reconnection: false, timeout: 60_000 });
  await server().logged(/dormouse: setup has not settled in 20 s/);
  assert.equal(socket.connected, false);
  socket.close();
});

test("the options hold at the server's path, too", async () => {
  const { url } = server();
  assert.equal((await upgrade(url)).headers["x-party"], "main");
  const refused = await upgrade(url, {}, "EIO=4&transport=websocket&refuse=1");
  assert.equal(refused.status, 403);
  assert.deepEqual(JSON.parse(refused.body), { code: 4, message: "refused at the edge" });
});

test("a room function that gives none: a 500 with text, and one line in the log", async () => {
  const { url } = server();
  for (let i = 0; i < 2; i++) {
    const answer = await upgrade(url, {}, "EIO=4&transport=websocket&nowhere=1");
    assert.equal(answer.status, 500);
    assert.match(answer.body, /^dormouse: option "room" must give the name of a room.* null$/);
  }
  await server().logged(/option "room" must give/);
  assert.equal(server().output.match(/option "room" must give/g)?.length, 1);
});

test("the name of a room may hold anything", async () => {
  const { url } = server();
  const chosen = connect(url, "", { query: { room: "a b/ü" } });
  const [name] = await ask(chosen, "where");
  assert.equal(name, encodeURIComponent("a b/ü"));
  const direct = connect(url, `/party/${encodeURIComponent("a b/ü")}`);
  await ask(direct, "join", "both");
  await ask(chosen, "join", "both");
  const said = new Promise((resolve) => direct.once("said", resolve));
  chosen.emit("say", "both", "hello");
  assert.equal(await said, "hello");
  chosen.close();
  direct.close();
});
