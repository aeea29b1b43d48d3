// Examples, and the starts of docs/platforms.md, in a project of one's own, with what the registry has: every command as
// the pages tell it, and a client that connects.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { startPartyKit, startWrangler } from "../support/dev-server.ts";
import { findCode, ROOT } from "../support/pages.ts";
import { connect, next } from "../support/stock-client.ts";
import { Consumer } from "./consumer.ts";

const exec = promisify(execFile);
const consumer = new Consumer();
const EXAMPLES = join(ROOT, "examples");

before(async () => {
  assert.ok(existsSync(join(ROOT, "dist")), "there is no dist/: run `npm run build`");
  await consumer.install();
});

after(() => consumer.remove());

/** Until it is in the registry, the package comes from its tarball. */
async function runShell(script: string, cwd: string): Promise<void> {
  const tarball = consumer.path(consumer.tarball.filename);
  const env = { ...process.env, PATH: `${join(ROOT, "node_modules", ".bin")}:${process.env.PATH}` };
  const own = script.replace(/(npm install.*) dormouse-io\b/g, `$1 ${tarball}`);
  await exec("sh", ["-ec", own], { cwd, env });
}

/** Whether a client that says no more than where it is gets in. */
async function assertServed(url: string, options: object): Promise<void> {
  const client = connect(url, "", options);
  try {
    await next(client, "connect");
  } finally {
    client.disconnect();
  }
}

const names = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "create-dormouse")
  .map(({ name }) => name);

for (const name of names) {
  test(`${name}: as its page says, in a project of one's own`, async () => {
    const [, own = ""] = readFileSync(join(EXAMPLES, name, "README.md"), "utf8").split(
      "In a project of your own",
    );
    const commands = [...own.matchAll(/^ {4}(.+)$/gm)].map(([, line]) => line as string);
    const last = commands.pop() ?? "";
    assert.match(last, /^npx (wrangler|partykit) dev$/);
    await runShell(commands.join("\n"), consumer.folder);
    const start = last.includes("partykit") ? startPartyKit : startWrangler;
    const server = await start(consumer.path("examples", name), false);
    try {
      const path = name === "partyserver-chat" ? { path: "/parties/chat/music/socket.io/" } : {};
      await assertServed(server.url, path);
      if (name === "hono") return;
      const [, script = ""] =
        /src="(\/.+?\.js)"/.exec(await (await fetch(server.url)).text()) ?? [];
      assert.equal((await fetch(server.url + script)).status, 200, script);
    } catch (error) {
      throw new Error(server.output, { cause: error });
    } finally {
      await server.stop();
    }
  });
}

/** A new folder, with what the page's `sh` that holds a text installs. */
async function begin(folder: string, holds: string): Promise<string> {
  const target = consumer.path(folder);
  mkdirSync(target);
  await runShell(findCode("docs/platforms.md", "sh", holds), target);
  return target;
}

test("platforms.md: a PartyKit project from nothing", async () => {
  const folder = await begin("kit", "partykit");
  writeFileSync(join(folder, "server.ts"), findCode("docs/platforms.md", "ts", "/partykit"));
  writeFileSync(join(folder, "partykit.json"), findCode("docs/platforms.md", "json", "main"));
  const server = await startPartyKit(folder, false);
  try {
    for (const [room, options] of [
      ["default", {}],
      ["music", { path: "/parties/main/music/socket.io/" }],
    ] as const) {
      const client = connect(server.url, "", options);
      const heard = next(client, "message");
      client.emit("message", "hello");
      assert.deepEqual(await heard, [room, "hello"]);
      client.disconnect();
    }
  } finally {
    await server.stop();
  }
});

test("platforms.md: a PartyServer project from nothing, and its types", async () => {
  const folder = await begin("party", "partyserver");
  const write = (name: string, content: string) => writeFileSync(join(folder, name), content);
  write("index.ts", findCode("docs/platforms.md", "ts", "routePartykitRequest"));
  const config = findCode("README.md", "toml", "durable_objects");
  write("wrangler.toml", config.replace('name = "CHAT"', 'name = "Chat"'));
  write("tsconfig.json", findCode("README.md", "json", "compilerOptions"));
  await runShell("npx tsc", folder);
  const server = await startWrangler(folder, false);
  const client = connect(server.url, "", { path: "/parties/chat/music/socket.io/" });
  try {
    const heard = next(client, "message");
    client.emit("message", "hello");
    assert.deepEqual(await heard, ["music", "hello"]);
  } finally {
    client.disconnect();
    await server.stop();
  }
});
