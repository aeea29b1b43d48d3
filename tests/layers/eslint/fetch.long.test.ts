// `npx dormouse-io check` where there is no ESLint: npm fetches it, from the registry or its cache.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { expectations } from "./corpus.ts";
import { found, User } from "./user.ts";

const user = new User();

before(() => user.install());
after(() => user.remove());

test("without ESLint: npm fetches it, and nothing is written to the project", async () => {
  user.fill("dirty/voting.js", "dirty/quiz.ts");
  const before = user.read("package.json");
  const { code, lines, errors } = await user.npx(["dormouse-io", "check", "src"]);
  assert.match(errors, /npm fetches it into its cache/);
  assert.equal(code, 1);
  assert.deepEqual(found(lines), expectations(user.path("src"), user.folder));
  assert.equal(user.read("package.json"), before);
});
