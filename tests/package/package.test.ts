// What users get: the tarball, installed in an empty folder, with the README's examples on it.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before } from "node:test";
import { Consumer, ROOT } from "./consumer.ts";
import { testCreate } from "./create.ts";
import { testNode } from "./node.ts";
import { testShortNames } from "./short-names.ts";
import { testTarball } from "./tarball.ts";
import { testTypes } from "./types.ts";
import { testWorkers } from "./workers.ts";

const consumer = new Consumer();

before(async () => {
  const built = ["wasm/core.wasm", "durable-objects/node/index.js"].every((file) =>
    existsSync(join(ROOT, "dist", file)),
  );
  assert.ok(built, "there is no dist/: run `npm run build`");
  await consumer.install();
  consumer.addWrangler();
});

after(() => consumer.remove());

testTarball(consumer);
testShortNames();
testWorkers(consumer);
testNode(consumer);
testTypes(consumer);
testCreate(consumer);
