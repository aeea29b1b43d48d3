// Where others than wrangler bundle, with what the registry has: the constants of docs/size.md leave parts out where the
// page says that they have to be told, and what is left serves clients.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { startPartyKit, startScript } from "../support/dev-server.ts";
import { findCode, ROOT } from "../support/pages.ts";
import { ask, connect } from "../support/stock-client.ts";
import { Consumer } from "./consumer.ts";
import { talk } from "./support.ts";

const exec = promisify(execFile);
const consumer = new Consumer();
/** A text of each of some parts, which no minifier changes. */
const OF_PARTS = {
  DORMOUSE_DIAGNOSTICS: "so it stays awake (and is billed)",
  DORMOUSE_HANDSHAKE: "Access-Control-Allow-Origin",
  DORMOUSE_RECOVERY: "expire-session",
};
const WRANGLER_TOML = findCode("README.md", "toml", "durable_objects");
const DEFINE_OF_WRANGLER = `\n[define]\n${Object.keys(OF_PARTS)
  .map((name) => `${name} = "false"\n`)
  .join("")}`;
const PLAIN_VITE = `
  import { cloudflare } from "@cloudflare/vite-plugin";
  export default { plugins: [cloudflare()] };`;

before(async () => {
  assert.ok(existsSync(join(ROOT, "dist")), "there is no dist/: run `npm run build`");
  await consumer.install();
  const template = join(ROOT, "examples", "create-dormouse", "templates", "react", "package.json");
  const { devDependencies } = JSON.parse(readFileSync(template, "utf8"));
  const wanted = ["vite", "@cloudflare/vite-plugin", "wrangler"].map((name) => {
    return `${name}@${devDependencies[name]}`;
  });
  await npm("install", "--no-audit", "--no-fund", "--prefer-offline", ...wanted);
  await npm("pkg", "set", "scripts.build=vite build", "scripts.dev=vite preview");
  consumer.write("index.ts", findCode("README.md", "ts", "routeSocketIO"));
});

after(() => consumer.remove());

async function npm(...args: string[]): Promise<void> {
  const env = { ...process.env, PATH: `${join(ROOT, "node_modules", ".bin")}:${process.env.PATH}` };
  await exec("npm", args, { cwd: consumer.folder, env });
}

/** Builds with these settings; gives which of the parts are in the Worker. */
async function partsOf(viteConfig: string, wranglerConfig: string): Promise<string[]> {
  consumer.write("vite.config.ts", viteConfig);
  consumer.write("wrangler.toml", wranglerConfig);
  await npm("run", "build");
  const script = consumer.read("dist", "chat", "index.js");
  return Object.entries(OF_PARTS)
    .filter(([, text]) => script.includes(text))
    .map(([name]) => name);
}

test("Vite: everything is there where nothing is told", async () => {
  assert.deepEqual(await partsOf(PLAIN_VITE, WRANGLER_TOML), Object.keys(OF_PARTS));
});

test("Vite: wrangler.toml's `define` says nothing to it", async () => {
  const parts = await partsOf(PLAIN_VITE, WRANGLER_TOML + DEFINE_OF_WRANGLER);
  assert.deepEqual(parts, Object.keys(OF_PARTS));
});

test("Vite: vite.config.ts's does, and what is left serves clients", async () => {
  const config = findCode("docs/size.md", "ts", "@cloudflare/vite-plugin");
  assert.deepEqual(await partsOf(config, WRANGLER_TOML), []);
  const server = await startScript(consumer.folder);
  try {
    // Vite listens where the name leads.
    await talk(server.url.replace("127.0.0.1", "localhost"));
  } finally {
    await server.stop();
  }
});

test("PartyKit: partykit.json's `define` leaves parts out", async () => {
  const settings = { name: "kit", main: "server.ts", compatibilityDate: "2024-09-01" };
  const define = { DORMOUSE_STATE: "false" };
  consumer.write("kit/partykit.json", JSON.stringify({ ...settings, define }));
  consumer.write(
    "kit/server.ts",
    `import { createServer } from "dormouse-io/partykit";
    export default createServer((io) => {
      io.on("connection", (socket) => {
        socket.on("use", (done) => {
          try {
            done(io.data.score);
          } catch (error) {
            done(error.message);
          }
        });
      });
    });`,
  );
  const server = await startPartyKit(consumer.path("kit"), false);
  const client = connect(server.url);
  try {
    const [said] = await ask(client, "use");
    assert.match(String(said), /io\.data was left out .* DORMOUSE_STATE = false/);
  } finally {
    client.disconnect();
    await server.stop();
  }
});
