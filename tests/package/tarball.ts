/** The tarball, and what installing it brings. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { deadLinks } from "../support/pages.ts";
import { ALIAS, type Consumer } from "./consumer.ts";
import { kilobytes } from "./support.ts";

/** What is to be read, and what it links to. */
const PAGES =
  /^(README\.md|CHANGELOG\.md|CONTRIBUTING\.md|docs\/[\w-]+\.(md|png|svg)|examples\/[\w./-]+\.(ts|js|json|html|md|png|toml)|bench\/(README\.md|results\/latest\.svg)|wasm\/README\.md|worker\/chat\.ts)$/;
const ALLOWED_FILES =
  /^(package\.json|LICENSE|dist\/wasm\/core\.wasm|dist\/(glue|durable-objects|layers)\/[\w./-]+\.(js|js\.map|d\.ts|d\.ts\.map)|dist\/commonjs\/(package\.json|node\/index\.js(\.map)?|(glue|durable-objects)\/[\w./-]+\.d\.ts))$/;

export function testTarball(consumer: Consumer): void {
  test("the tarball holds ES modules, declarations, source maps, core.wasm, and CommonJS for Node", (t) => {
    const { files, size, unpackedSize } = consumer.tarball;
    const paths = files.map(({ path }) => path);
    assert.deepEqual(
      paths.filter((path) => !ALLOWED_FILES.test(path) && !PAGES.test(path)),
      [],
    );
    const isCommonJs = (path: string) => path.startsWith("dist/commonjs/");
    const isBuilt = (path: string) => path.startsWith("dist/") && path.endsWith(".js");
    for (const path of paths.filter((one) => isBuilt(one) && !isCommonJs(one))) {
      for (const companion of [`${path}.map`, path.replace(/\.js$/, ".d.ts")]) {
        assert.ok(paths.includes(companion), companion);
      }
      const source = consumer.read("node_modules", "dormouse-io", path);
      assert.match(source, /^(import|export) /m, path);
      const code = source.replace(/\/\*[\s\S]*?\*\//g, "");
      assert.doesNotMatch(code, /\bmodule\.exports\s*=|\brequire\(\w/, path);
    }
    for (const path of ["dist/wasm/core.wasm", "dist/commonjs/node/index.js"]) {
      assert.ok(paths.includes(path), path);
    }
    t.diagnostic(`tarball: ${kilobytes(size)}, unpacked ${kilobytes(unpackedSize)}`);
  });

  test("no link of a packed page is dead", () => {
    const pages = consumer.tarball.files
      .map(({ path }) => path)
      .filter((path) => /\.md$/.test(path));
    assert.ok(pages.includes("README.md") && pages.includes("docs/hibernation.md"));
    const dead = pages.flatMap((page) => {
      return deadLinks(consumer.path("node_modules", "dormouse-io"), page).map((link) => [
        page,
        link,
      ]);
    });
    assert.deepEqual(dead, []);
  });

  test("installing it brings its dependencies and nothing of ours", () => {
    const installed = readdirSync(consumer.path("node_modules")).filter((name) => name[0] !== ".");
    assert.deepEqual(
      installed.sort(),
      ["bcryptjs", "debug", "dormouse-io", "koa-compose", "ms", ALIAS, "wrangler", "ws"].sort(),
    );
  });
}
