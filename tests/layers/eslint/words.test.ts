// What is said of a finding fits what was found.
import assert from "node:assert/strict";
import { test } from "node:test";
import parser from "@typescript-eslint/parser";
import { Linter } from "eslint";
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
