// Packages of the same workspace are the project's own code: what they lose is found.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { check } from "../../../layers/eslint/command/check.ts";

const SERVER = `import { Server } from "dormouse-io/node";
import { addRoom } from "@mono/shared";
import { vote } from "@mono/shared/votes";
import { note } from "notes";
import { count } from "fetched";
new Server(3000).on("connection", (socket) => {
  socket.on("join", (room) => addRoom(room));
  socket.on("vote", () => vote());
  socket.on("note", (text) => note(text));
  socket.on("count", () => count());
});
`;
const FILES: Record<string, string> = {
  "api/src/server.ts": SERVER,
  "api/package.json": '{ "name": "api" }',
  "shared/package.json":
    '{ "name": "@mono/shared", "exports": { ".": "./dist/index.js", "./votes": { "import": "./dist/votes.js" } } }',
  "shared/src/index.ts":
    "const rooms: string[] = [];\nexport const addRoom = (room: string) => rooms.push(room);\n",
  "shared/src/votes.ts":
    "let votes = 0;\nexport function vote() {\n  votes += 1;\n  return votes;\n}\n",
  "notes/package.json": '{ "name": "notes", "main": "main.cjs" }',
  "notes/main.cjs": "const all = [];\nexports.note = (text) => all.push(text);\n",
  // What a registry has is not looked at.
  "node_modules/fetched/package.json": '{ "name": "fetched", "main": "index.js" }',
  "node_modules/fetched/index.js": "let n = 0;\nexports.count = () => { n += 1; };\n",
};

const folder = realpathSync(mkdtempSync(join(tmpdir(), "workspace-")));

before(() => {
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  mkdirSync(join(folder, "api/node_modules/@mono"), { recursive: true });
  symlinkSync(join(folder, "shared"), join(folder, "api/node_modules/@mono/shared"), "junction");
  symlinkSync(join(folder, "notes"), join(folder, "node_modules/notes"), "junction");
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("links of a workspace are followed to the sources, by exports and by main; what was fetched is not", async () => {
  const { lines } = await check(join(folder, "api"), ["."]);
  const places = lines.map((line) => /^(\S+:\d+):\d+ `(\w+)`/.exec(line)?.slice(1).join(" "));
  assert.deepEqual(places, [
    "src/server.ts:7 rooms",
    "src/server.ts:8 votes",
    "src/server.ts:9 all",
  ]);
  assert.match(lines[1] ?? "", /\(in \.\.\/\.\.\/shared\/src\/votes\.ts, line 1\)/);
});
