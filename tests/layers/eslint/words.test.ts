// What is said of a finding fits what was found.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import parser from "@typescript-eslint/parser";
import { Linter, type Rule } from "eslint";
import plugin from "../../../layers/eslint/index.ts";

/** What is said of a server whose `setup` begins with this, and that does this with each event. */
function saidOf(begin: string, change: string): string[] {
  const code = `import { createServer } from "dormouse-io";
import { createHash } from "node:crypto";
import { createGzip } from "node:zlib";
import { Chess } from "chess.js";
export const Room = createServer((io) => {
  ${begin}
  io.on("connection", (socket) => {
    socket.on("say", (key, value) => { ${change} });
  });
});
`;
  return messagesOf(code);
}

function messagesOf(code: string): string[] {
  const config = [plugin.configs.recommended, { languageOptions: { parser } }];
  const messages = new Linter().verify(code, config as Linter.Config[], { filename: "server.js" });
  return messages.map(({ message }) => message);
}

test("an object of which any field may be changed is called an object, and no collection", () => {
  const changes = ["Object.assign(this, value);", "this[key] = value;"];
  for (const change of changes) {
    const made = `class Game { set(key, value) { ${change} } } const game = new Game();`;
    const [message, ...others] = saidOf(made, "game.set(key, value);");
    assert.deepEqual(others, []);
    assert.match(message ?? "", /^`Game` is an object that `setup` makes, and the listener/);
  }
  const made = "class Game extends Map {} const game = new Game();";
  const [message] = saidOf(made, "game.set(key, value);");
  assert.match(message ?? "", /^`Game` is a collection that `setup` makes/);
});

test("what takes a text piece by piece is to be given all of it; a game is to be made again of what is kept", () => {
  for (const made of ["createGzip()", 'createHash("sha256")']) {
    const [message] = saidOf(`const made = ${made};`, "made.update(value);");
    assert.match(message ?? "", /^`create\w+` goes on with each piece .* within one event/);
  }
  const [message] = saidOf("const made = new Chess();", "made.move(value);");
  assert.match(
    message ?? "",
    /^`Chess` keeps what it is told .* keep what it can be made of again/,
  );
});

test("each rule's address leads to its section of a page that is there, from wherever an editor opens it", () => {
  const rules = Object.entries(plugin.rules ?? {});
  assert.ok(rules.length > 10);
  for (const [name, rule] of rules) {
    const url = new URL((rule as Rule.RuleModule).meta?.docs?.url ?? "");
    assert.equal(url.hash, `#${name}`);
    assert.match(readFileSync(fileURLToPath(url), "utf8"), new RegExp(`^### ${name}$`, "m"));
  }
});

test("a variable of a function that the module calls is no variable of the module", () => {
  const code = `import { Server } from "dormouse-io/node";
function main() {
  const names = [];
  new Server(3000).on("connection", (socket) => socket.on("join", (name) => names.push(name)));
}
main();
`;
  const [message, ...others] = new Linter().verify(code, plugin.configs.recommended);
  assert.deepEqual(others, []);
  assert.match(message?.message ?? "", /^`names` is a variable of a function of the module, and/);
});

test("what is handed a socket by a function of the module is a connection listener", () => {
  const [message, ...others] = messagesOf(`export const greet = (socket) => begin(socket);
function begin(socket) {
  let isClosing = socket.handshake.auth.isClosing;
  socket.on("close", () => { isClosing = true; });
  socket.on("say", (text) => isClosing || socket.emit("said", text));
}
`);
  assert.deepEqual(others, []);
  assert.match(
    message ?? "",
    /^`isClosing` is a variable of the connection listener, .*keep it in `socket.data`/,
  );
});

test("who changes data again is named, and what to do about it fits", () => {
  const [microtask, promise, ...others] = messagesOf(`import { createServer } from "dormouse-io";
export const Chat = createServer((io) => {
  io.on("connection", (socket) => {
    queueMicrotask(() => { socket.data.visits += 1; });
    fetch("https://a.example").then(() => socket.emit("loaded"));
  });
});
`);
  assert.deepEqual(others, []);
  assert.match(
    microtask ?? "",
    /^a microtask changes `socket\.data\.visits` .*; do it in the listener itself/,
  );
  assert.match(
    promise ?? "",
    /^a promise that nobody waits for calls `socket\.emit` .* and `await` it/,
  );
});
