/** The chat's server code against clients that keep to none of its rules. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { io, type Socket } from "socket.io-client";
import { LIMITS } from "../../worker/protocol.ts";
import { type ChatServer, startChat } from "../support/chat-server.ts";

let server: ChatServer;
const sockets: Socket[] = [];

before(async () => {
  server = await startChat();
});

after(() => server?.stop());

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.disconnect();
});

/** A client that has not connected yet. */
function client(auth: object): Socket {
  const socket = io(server.url, {
    transports: ["websocket"],
    forceNew: true,
    reconnection: false,
    autoConnect: false,
    auth,
  });
  sockets.push(socket);
  return socket;
}

/** Connects; resolves to an empty string, or to the reason why the server refused. */
function connect(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(""));
    socket.once("connect_error", (error) => resolve(error.message));
    socket.connect();
  });
}

/** A client in the lobby. */
async function member(name: string): Promise<Socket> {
  const socket = client({ name });
  assert.equal(await connect(socket), "");
  await socket.timeout(5000).emitWithAck("join", "lobby");
  return socket;
}

/** Asks for something that must be refused. */
async function refused(socket: Socket, event: string, ...args: unknown[]): Promise<void> {
  const answer = await socket.timeout(5000).emitWithAck(event, ...args);
  assert.equal(typeof answer.error, "string", `${event} was granted: ${JSON.stringify(args)}`);
}

test("a name is text, and neither empty nor too long", async () => {
  const longest = "n".repeat(LIMITS.name);
  assert.equal(await connect(client({ name: longest })), "");
  const bad = [undefined, null, 7, {}, ["Ada"], "", " \u200b\u202e\n ", `${longest}n`];
  for (const name of bad) {
    assert.match(await connect(client({ name })), /name/i, `${JSON.stringify(name)} was let in`);
  }
});

test("invisible characters leave a name", async () => {
  const ada = await member("  A\u202ed\n\na ");
  const [lobby] = await ada.timeout(5000).emitWithAck("rooms");
  assert.deepEqual(lobby.people, [{ id: ada.id, name: "A d a" }]);
});

test("only the chat's rooms can be joined", async () => {
  const ada = await member("Ada");
  const eve = await member("Eve");
  const bad = ["", "Lobby", "__proto__", "constructor", ada.id, null, 1, {}, ["lobby"]];
  for (const room of bad) {
    await refused(eve, "join", room);
    await refused(eve, "leave", room);
    await refused(eve, "message", room, "id", { text: "Hello" });
  }
  await refused(eve, "leave", "music");
  await refused(eve, "message", "music", "id", { text: "I am not there" });
  await refused(eve, "join");
});

test("a message has an id and a content within the limits", async () => {
  const ada = await member("Ada");
  const eve = await member("Eve");
  const heard: { id: string }[] = [];
  ada.on("message", (_room, message) => heard.push(message));

  const text = "t".repeat(LIMITS.text);
  const id = "i".repeat(LIMITS.id);
  for (const bad of ["", `${id}i`, 1, null, {}]) {
    await refused(eve, "message", "lobby", bad, { text });
  }
  const contents = [null, 1, "text", [], {}, { text: "" }, { text: " \n" }, { text: 1 }];
  for (const bad of [...contents, { text: `${text}t` }]) {
    await refused(eve, "message", "lobby", "bad", bad);
  }
  const answer = await eve.timeout(5000).emitWithAck("message", "lobby", id, { text, html: "<b>" });
  assert.equal(typeof answer.at, "number");
  await settled(ada);
  const from = { id: eve.id, name: "Eve" };
  assert.deepEqual(heard, [{ id, from, at: answer.at, content: { text } }]);
});

test("a picture has a known type and bytes within the limit", async () => {
  const ada = await member("Ada");
  const eve = await member("Eve");
  const heard: { id: string; content: { bytes: Buffer } }[] = [];
  ada.on("message", (_room, message) => heard.push(message));

  const type = "image/png";
  const largest = Buffer.alloc(LIMITS.picture, 7);
  const bad = [
    { type: "image/svg+xml", bytes: largest },
    { type: "text/html", bytes: largest },
    { bytes: largest },
    { type },
    { type, bytes: "AAAA" },
    { type, bytes: [1, 2, 3] },
    { type, bytes: { byteLength: 3 } },
    { type, bytes: Buffer.alloc(0) },
    { type, bytes: Buffer.alloc(LIMITS.picture + 1) },
  ];
  for (const content of bad) await refused(eve, "message", "lobby", "bad", content);
  await eve.timeout(5000).emitWithAck("message", "lobby", "good", { type, bytes: largest });
  await settled(ada);
  assert.deepEqual(
    heard.map((message) => message.id),
    ["good"],
  );
  assert.ok(heard[0]?.content.bytes.equals(largest));
});

test("events without the arguments or the acknowledgement they need do no harm", async () => {
  const ada = await member("Ada");
  const eve = await member("Eve");
  const seen: unknown[] = [];
  ada.on("typing", (...args) => seen.push(args));
  for (const event of ["rooms", "join", "leave", "message", "typing"]) {
    for (const args of [[], [null], ["lobby"], [{}, [], 1], ["lobby", "id", { text: "x" }]]) {
      eve.emit(event, ...args);
    }
  }
  await settled(eve);
  await settled(ada);
  for (const args of seen) {
    assert.deepEqual(args, ["lobby", { id: eve.id, name: "Eve" }, false]);
  }
  assert.ok(eve.connected && ada.connected);
});

/** Resolves when the server has worked off what came before, and its answers have arrived. */
async function settled(socket: Socket): Promise<void> {
  await socket.timeout(5000).emitWithAck("rooms");
}
