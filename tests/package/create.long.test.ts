// Every template of create-dormouse, in an empty folder, with what the registry has: `npm install && npm run dev`.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { ROOT } from "../support/pages.ts";
import { Consumer } from "./consumer.ts";
import { create, TEMPLATES, tryOut, unpackCreate } from "./create.ts";

const exec = promisify(execFile);
const consumer = new Consumer();
let program: string;

before(async () => {
  assert.ok(existsSync(join(ROOT, "dist")), "there is no dist/: run `npm run build`");
  await consumer.install();
  program = await unpackCreate(consumer.folder);
});

after(() => consumer.remove());

for (const template of TEMPLATES) {
  test(`${template}: npm install && npm run dev, typecheck, check`, async () => {
    const project = await create(program, consumer.folder, template);
    // Until it is in the registry, the package comes from its tarball.
    const file = join(project, "package.json");
    const text = readFileSync(file, "utf8");
    const tarball = `file:${consumer.path(consumer.tarball.filename)}`;
    writeFileSync(file, text.replace(/("dormouse-io": )"[^"]+"/, `$1"${tarball}"`));
    const env = {
      ...process.env,
      PATH: `${join(ROOT, "node_modules", ".bin")}:${process.env.PATH}`,
    };
    const npm = (...args: string[]) => exec("npm", args, { cwd: project, env });
    await npm("install", "--no-audit", "--no-fund", "--prefer-offline");
    await npm("run", "typecheck");
    await npm("run", "check");
    if (template === "react") await npm("run", "build");
    await tryOut(project, template);
  });
}
