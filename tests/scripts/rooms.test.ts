// The order of the rooms (biome.rooms.jsonc): what imports upwards, planted in a copy of the project,
// fails the lint; type imports, too.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { BIOME_RULES } from "../../scripts/support/lint.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** From the top to the bottom. */
const ROOMS = ["socket.io", "adapter", "sleep", "engine", "codec", "core", "common"];
/** Of durable-objects/shared, likewise. The first does not import the second either. */
const SHARED_ROOMS = [
  "routing",
  "object",
  "host",
  "handshake",
  "alarm",
  "sockets",
  "snapshots",
  "storage",
  "diagnostics",
  "create-server",
  "platform",
];
/** A folder of a room, where there is another rule for each. */
const INNER: Readonly<Record<string, string>> = { adapter: "rooms" };
/** Folders within a room, with those that each may import. */
const ADAPTER = {
  rooms: [],
  recovery: ["rooms"],
  calls: ["rooms"],
  shards: ["calls", "recovery", "rooms"],
};
const SHARDS = {
  placement: [],
  messages: ["placement"],
  homes: ["messages", "placement"],
  delivery: ["homes", "messages", "placement"],
  sessions: ["messages", "placement"],
};
/** Folders of glue/sleep, with those that each may import. */
const SLEEP = {
  values: [],
  awake: [],
  guards: ["values"],
  replay: ["values"],
  remaking: ["replay", "guards", "values"],
  surroundings: ["remaking", "guards", "values"],
  snapshot: ["replay", "values"],
  changes: ["snapshot", "surroundings", "remaking", "guards", "values"],
  "socket-state": ["changes", "snapshot", "remaking", "replay", "guards", "values"],
  "server-state": ["changes", "replay", "values"],
};
/** The folders of rooms of the glue, each with those of its room that it imports. */
const FOLDERS: Record<string, Record<string, string[]>> = {
  engine: {
    host: [],
    statistics: [],
    handshake: ["host"],
    connections: ["handshake", "host"],
    commands: ["connections", "handshake", "host"],
    options: ["commands", "connections", "handshake", "host"],
    effects: ["options", "commands", "connections", "handshake", "host"],
    polling: ["effects", "options", "commands", "connections", "handshake", "host"],
    runtime: ["statistics", "effects", "options", "commands", "connections", "handshake", "host"],
  },
  "socket.io": {
    types: [],
    emitting: ["types"],
    listeners: ["emitting", "types"],
    sessions: ["types"],
    admission: ["sessions", "types"],
    server: ["admission", "sessions", "listeners", "emitting", "types"],
  },
};
const PLATFORMS = ["cloudflare", "node", "partykit", "partyserver"];
const IN_COPY = [".gitignore", "biome.json", "biome.rooms.jsonc", "scripts/support"];

const copy = mkdtempSync(join(tmpdir(), "dormouse-rooms-"));
for (const name of [...IN_COPY, "glue", "durable-objects", "worker"]) {
  cpSync(join(ROOT, name), join(copy, name), { recursive: true });
}
symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));

after(() => rmSync(copy, { recursive: true }));

/** Runs the lint on a copy with more files: names and texts. Gives its status and the files refused. */
function lint(plants: Record<string, string>) {
  for (const [name, text] of Object.entries(plants)) {
    mkdirSync(dirname(join(copy, name)), { recursive: true });
    writeFileSync(join(copy, name), text);
  }
  const biome = join(copy, "node_modules", ".bin", "biome");
  const reports = ["--reporter=github", "--max-diagnostics=none"];
  const { stdout, status } = spawnSync(process.execPath, [biome, ...BIOME_RULES, ...reports], {
    cwd: copy,
    encoding: "utf8",
  });
  for (const name of Object.keys(plants)) rmSync(join(copy, name));
  const refusals = stdout.matchAll(
    /^::error title=(?:\S+noRestrictedImports|\S+noImportCycles|plugin),file=([^,]+),/gm,
  );
  const files = [...refusals].map(([, file]) => (file as string).slice(copy.length + 1));
  return { status, refused: new Set(files) };
}

const typeImport = (from: string) => `import type { X } from "${from}";\nexport type Y = X;\n`;

function foldersOf(room: string): string[] {
  const entries = readdirSync(join(ROOT, room), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** Lints files that should be refused, and files that should not, at once. */
function expect(wrong: Record<string, string>, right: Record<string, string> = {}): void {
  const { status, refused } = lint({ ...wrong, ...right });
  assert.equal(status, 1);
  assert.deepEqual([...refused].sort(), Object.keys(wrong).sort());
}

test("the project itself is in order", () => {
  assert.deepEqual(lint({}), { status: 0, refused: new Set() });
});

test("a room imports those below it, and none above it", () => {
  const wrong: Record<string, string> = {};
  const right: Record<string, string> = {};
  for (const [place, room] of ROOMS.entries()) {
    for (const [index, other] of ROOMS.entries()) {
      if (room === other) continue;
      const plants = index < place ? wrong : right;
      plants[`glue/${room}/to-${other}.ts`] = typeImport(`../${other}/x.ts`);
      const inner = INNER[room] ?? "inner";
      plants[`glue/${room}/${inner}/to-${other}.ts`] = typeImport(`../../${other}/x.ts`);
    }
    if (room in INNER) continue;
    right[`glue/${room}/inner/to-own.ts`] = typeImport("../x.ts");
  }
  expect(wrong, right);
});

test("so do the rooms of durable-objects/shared", () => {
  const folder = "durable-objects/shared";
  assert.deepEqual(readdirSync(join(ROOT, folder)).sort(), [...SHARED_ROOMS].sort());
  const wrong: Record<string, string> = {};
  const right: Record<string, string> = {};
  for (const [place, room] of SHARED_ROOMS.entries()) {
    for (const [index, other] of SHARED_ROOMS.entries()) {
      if (room === other) continue;
      const isBelow = index > place && !(room === "routing" && other === "object");
      const plants = isBelow ? right : wrong;
      plants[`${folder}/${room}/to-${other}.ts`] = typeImport(`../${other}/x.ts`);
    }
    right[`${folder}/${room}/to-glue.ts`] = typeImport("../../../glue/engine/x.ts");
    wrong[`${folder}/${room}/to-node.ts`] = typeImport("../../node/index.ts");
  }
  expect(wrong, right);
});

test("on Node, the entry knows its HTTP, and that its host", () => {
  const folder = "durable-objects/node";
  expect(
    {
      [`${folder}/host/to-http.ts`]: typeImport("../http/x.ts"),
      [`${folder}/host/to-entry.ts`]: typeImport("../server.ts"),
      [`${folder}/http/to-entry.ts`]: typeImport("../server.ts"),
      [`${folder}/http/to-party.ts`]: typeImport("../../partykit/index.ts"),
    },
    {
      [`${folder}/to-http.ts`]: typeImport("./http/x.ts"),
      [`${folder}/http/to-host.ts`]: typeImport("../host/x.ts"),
      [`${folder}/http/to-shared.ts`]: typeImport("../../shared/handshake/x.ts"),
      [`${folder}/host/to-shared.ts`]: typeImport("../../shared/platform/x.ts"),
      [`${folder}/host/to-glue.ts`]: typeImport("../../../glue/engine/x.ts"),
    },
  );
});

test("within glue/adapter, a folder imports those below it", () => {
  const wrong: Record<string, string> = {
    // What a folder holds, and what is made of its folders.
    "glue/adapter/to-rooms.ts": typeImport("./rooms/x.ts"),
    "glue/adapter/rooms/to-room.ts": typeImport("../x.ts"),
    "glue/adapter/shards/homes/to-shards.ts": typeImport("../x.ts"),
    "glue/adapter/shards/homes/to-socket.io.ts": typeImport("../../../socket.io/x.ts"),
  };
  const right: Record<string, string> = {};
  for (const [path, folders] of Object.entries({ adapter: ADAPTER, "adapter/shards": SHARDS })) {
    for (const [folder, below] of Object.entries<readonly string[]>(folders)) {
      for (const other of Object.keys(folders)) {
        if (other === folder) continue;
        const plants = below.includes(other) ? right : wrong;
        plants[`glue/${path}/${folder}/to-${other}.ts`] = typeImport(`../${other}/x.ts`);
      }
    }
  }
  for (const folder of Object.keys(SHARDS)) {
    const place = `glue/adapter/shards/${folder}`;
    right[`${place}/to-calls.ts`] = typeImport("../../calls/x.ts");
    right[`${place}/to-engine.ts`] = typeImport("../../../engine/x.ts");
    right[`glue/adapter/shards/to-${folder}.ts`] = typeImport(`./${folder}/x.ts`);
  }
  expect(wrong, right);
});

test("within glue/sleep, a folder imports those below it", () => {
  const folders = readdirSync(join(ROOT, "glue/sleep"), { withFileTypes: true });
  const names = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  assert.deepEqual(names.sort(), Object.keys(SLEEP).sort());
  const wrong: Record<string, string> = {};
  const right: Record<string, string> = {};
  for (const [folder, below] of Object.entries<readonly string[]>(SLEEP)) {
    const place = `glue/sleep/${folder}`;
    for (const other of names.filter((name) => name !== folder)) {
      const plants = below.includes(other) ? right : wrong;
      plants[`${place}/to-${other}.ts`] = typeImport(`../${other}/x.ts`);
    }
    wrong[`${place}/to-sleep.ts`] = typeImport("../sleep.ts");
    wrong[`${place}/to-adapter.ts`] = typeImport("../../adapter/x.ts");
    right[`${place}/to-engine.ts`] = typeImport("../../engine/x.ts");
    right[`glue/sleep/to-${folder}.ts`] = typeImport(`./${folder}/x.ts`);
  }
  expect(wrong, right);
});

test("a folder of a room imports those of the room that it may, and what the room may", () => {
  const wrong: Record<string, string> = {};
  const right: Record<string, string> = {};
  for (const [room, folders] of Object.entries(FOLDERS)) {
    assert.deepEqual(foldersOf(`glue/${room}`), Object.keys(folders).sort());
    for (const [folder, imported] of Object.entries(folders)) {
      for (const other of Object.keys(folders)) {
        if (other === folder) continue;
        const plants = imported.includes(other) ? right : wrong;
        plants[`glue/${room}/${folder}/to-${other}.ts`] = typeImport(`../${other}/x.ts`);
      }
      for (const [place, other] of ROOMS.entries()) {
        if (other === room) continue;
        const plants = place < ROOMS.indexOf(room) ? wrong : right;
        plants[`glue/${room}/${folder}/to-${other}.ts`] = typeImport(`../../${other}/x.ts`);
      }
    }
  }
  expect(wrong, right);
});

test("whatever the form of the import", () => {
  expect({
    "glue/codec/bare.ts": 'import "../engine/host/host.ts";\n',
    "glue/codec/value.ts": 'import { x } from "../engine/host/host.ts";\nexport const y = x;\n',
    "glue/codec/type.ts": typeImport("../engine/host/host.ts"),
    "glue/codec/reexport.ts": 'export type { Host } from "../engine/host/host.ts";\n',
    "glue/codec/all.ts": 'export * from "../engine/host/host.ts";\n',
    "glue/codec/later.ts": 'export const later = () => import("../engine/host/host.ts");\n',
    "glue/codec/inline.ts": 'export type Host = import("../engine/host/host.ts").Host;\n',
    "glue/codec/whole.ts": 'export type Hosts = typeof import("../engine/host/host.ts");\n',
  });
});

test("platforms do not know each other, nor does what they share know them", () => {
  const wrong: Record<string, string> = {};
  const right: Record<string, string> = {};
  for (const platform of PLATFORMS) {
    for (const other of PLATFORMS.filter((name) => name !== platform)) {
      wrong[`durable-objects/${platform}/to-${other}.ts`] = typeImport(`../${other}/index.ts`);
    }
    wrong[`durable-objects/shared/to-${platform}.ts`] = typeImport(`../${platform}/index.ts`);
    wrong[`glue/socket.io/to-${platform}.ts`] = typeImport(
      `../../durable-objects/${platform}/index.ts`,
    );
    right[`durable-objects/${platform}/to-shared.ts`] = typeImport("../shared/x.ts");
    right[`durable-objects/${platform}/to-glue.ts`] = typeImport("../../glue/engine/x.ts");
  }
  expect(wrong, right);
});

test("what stands on the package knows its entries only", () => {
  expect(
    {
      "layers/sample/to-glue.ts": typeImport("../../glue/socket.io/server/server.ts"),
      "layers/sample/to-shared.ts": typeImport("../../durable-objects/shared/handshake/cors.ts"),
      "layers/sample/inner/to-glue.ts": typeImport("../../../glue/socket.io/server.ts"),
      "worker/to-glue.ts": typeImport("../glue/socket.io/server.ts"),
    },
    {
      "layers/sample/to-entry.ts": typeImport("../../durable-objects/cloudflare/index.ts"),
      "layers/sample/to-package.ts": typeImport("dormouse-io"),
      "worker/to-entry.ts": typeImport("../durable-objects/cloudflare/index.ts"),
    },
  );
});

test("files of a room may know each other as types, and not load each other", () => {
  const load = (from: string) => `import { x } from "${from}";\nexport const y = () => x;\n`;
  expect(
    {
      "glue/engine/one.ts": `${load("./two.ts")}export const x = 1;\n`,
      "glue/engine/two.ts": `${load("./one.ts")}export const x = 2;\n`,
    },
    {
      "glue/engine/three.ts": `${typeImport("./four.ts")}export type X = 3;\n`,
      "glue/engine/four.ts": `${typeImport("./three.ts")}export type X = 4;\n`,
    },
  );
});

test("every folder has its rules", () => {
  const wrong: Record<string, string> = {};
  for (const parent of ["glue", "durable-objects"]) {
    for (const folder of readdirSync(join(ROOT, parent))) {
      wrong[`${parent}/${folder}/outside.ts`] = typeImport("../../tests/x.ts");
    }
  }
  expect(wrong);
});
