/** What `npm create dormouse` makes, from the packed package. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { io, type Socket } from "socket.io-client";
import { openPage, startChromium } from "../support/chromium.ts";
import { startScript } from "../support/dev-server.ts";
import { ROOT } from "../support/pages.ts";
import { ask, next } from "../support/stock-client.ts";
import type { Consumer } from "./consumer.ts";

const exec = promisify(execFile);
const SOURCE = join(ROOT, "examples", "create-dormouse");
const NODE = join(ROOT, "node_modules", ".bin", "node");

export const TEMPLATES = ["chat", "partyserver", "hono", "react"] as const;

export type Template = (typeof TEMPLATES)[number];

/** Where each template's server is, for the stock client. */
const PLACES: Record<Template, object> = {
  chat: {},
  partyserver: { path: "/parties/chat/lobby/socket.io/" },
  hono: { query: { room: "lobby" } },
  react: {},
};

/** The packed package, unpacked into a folder; gives its program. */
export async function unpackCreate(folder: string): Promise<string> {
  const pack = ["pack", "--json", "--pack-destination", folder];
  const { stdout } = await exec("npm", pack, { cwd: SOURCE });
  const [{ filename }] = JSON.parse(stdout);
  mkdirSync(join(folder, "create"));
  await exec("tar", ["-xzf", join(folder, filename), "-C", join(folder, "create")]);
  return join(folder, "create", "package", "create.js");
}

/** Makes a project; gives its folder. */
export async function create(program: string, folder: string, template: Template): Promise<string> {
  const { stdout } = await exec(NODE, [program, template, "--template", template], { cwd: folder });
  assert.match(stdout, new RegExp(`cd ${template}\n {2}npm install\n {2}npm run dev`));
  const project = join(folder, template);
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const { name, dependencies } = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
  assert.equal(name, template);
  assert.equal(dependencies["dormouse-io"], `^${version}`);
  for (const file of readdirSync(project, { recursive: true, encoding: "utf8" })) {
    if (!/\.\w+$/.test(file)) continue;
    const text = readFileSync(join(project, file), "utf8");
    assert.doesNotMatch(text, /PROJECT_NAME|DORMOUSE_VERSION/, file);
  }
  assert.ok(existsSync(join(project, ".gitignore")));
  return project;
}

/** `npm run dev`, the stock client, and the page in Chromium, who hear each other. */
export async function tryOut(project: string, template: Template): Promise<void> {
  const server = await startScript(project);
  const browser = await startChromium();
  let client: Socket | undefined;
  try {
    const options = { transports: ["websocket"], forceNew: true, auth: { name: "Ada" } };
    client = io(server.url, { ...options, ...PLACES[template] });
    await next(client, "connect");
    const page = await openPage(browser);
    // Vite listens where the name leads.
    await page.goto(`${server.url.replace("127.0.0.1", "localhost")}/?name=Bob`);
    await page.getByText("connected as Bob, 2 here").waitFor();
    const said = next(client, "said");
    await page.getByLabel("Message").fill("hello");
    await page.getByRole("button").click();
    assert.deepEqual(await said, ["Bob", "hello"]);
    client.emit("say", "hi");
    await page.getByText("Ada: hi").waitFor();
    assert.deepEqual(await ask(client, "count"), [2]);
  } catch (error) {
    throw new Error(`${template}: ${server.output}`, { cause: error });
  } finally {
    client?.disconnect();
    await Promise.all([browser.close(), server.stop()]);
  }
}

/** One template, with the packages of the checkout instead of the registry's; the others are in the long tests. */
export function testCreate(consumer: Consumer): void {
  let program: string;

  test("create-dormouse makes a chat that runs, and is accepted by TypeScript", async () => {
    program = await unpackCreate(consumer.folder);
    await consumer.run("publint", join("create", "package"), "--strict");
    const project = await create(program, consumer.folder, "chat");
    for (const name of ["socket.io-client", "typescript"]) {
      const target = consumer.path("node_modules", name);
      if (!existsSync(target)) symlinkSync(join(ROOT, "node_modules", name), target);
    }
    consumer.addTypes("@cloudflare/workers-types");
    for (const part of [project, join(project, "client")]) {
      await consumer.run("tsc", "--project", part);
    }
    await tryOut(project, "chat");
  });

  test("create-dormouse refuses what it cannot do, and says why", async () => {
    for (const [args, said] of [
      [["chat"], /chat is not empty/],
      [["new", "--template", "cat"], /no template "cat": chat, partyserver, hono, react/],
      [["new", "--tempalte", "chat"], /Unknown option '--tempalte'/],
      [["new", "newer"], /npm create dormouse@latest \[folder\]/],
    ] as const) {
      const run = exec(NODE, [program, ...args], { cwd: consumer.folder });
      await assert.rejects(run, (error: Error & { stderr: string }) => said.test(error.stderr));
    }
    assert.ok(!existsSync(consumer.path("new")));
  });

  test("create-dormouse has the version of the package, and asks for the versions that are tested", () => {
    const own = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const { version, repository } = JSON.parse(readFileSync(join(SOURCE, "package.json"), "utf8"));
    assert.equal(version, own.version);
    // Both lead to the same checkout; npm's page resolves the README's links by it.
    const directory = relative(ROOT, SOURCE);
    assert.deepEqual(repository, { ...own.repository, directory });
    for (const template of TEMPLATES) {
      const file = join(SOURCE, "templates", template, "package.json");
      const { dependencies, devDependencies } = JSON.parse(readFileSync(file, "utf8"));
      for (const [name, wanted] of Object.entries({ ...dependencies, ...devDependencies })) {
        const tested = own.devDependencies[name];
        if (tested === undefined || name === "typescript") continue;
        assert.equal(wanted, `^${tested}`, `${template}: ${name}`);
      }
    }
  });
}
