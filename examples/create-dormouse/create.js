#!/usr/bin/env node
// `npm create dormouse@latest [folder] [-- --template <name>]`: a project of one of the templates beside this file.
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const TEMPLATES = join(HERE, "templates");
/** What each is, in the order in which they are offered. */
const KINDS = {
  chat: "a chat: a Worker, a Durable Object, a page",
  partyserver: "the same as a class of PartyServer, a room per address",
  hono: "the same with Hono: rooms, and JSON routes that speak to them",
  react: "the same with React and Vite",
};
/** Folders that a template stands on: what all have, and the page of those without a framework of their own. */
const COMMON = "_common";
const PAGE = "_page";
/** `npm pack` leaves files of this name out, so the templates have another. */
const IGNORED = { here: "_gitignore", there: ".gitignore" };
/** What wrangler wants. */
const NODE = [22, 12];
const USAGE = `npm create dormouse@latest [folder] -- [--template ${Object.keys(KINDS).join("|")}]`;

/** A mistake of the caller's: its text is all that is shown. */
class Mistake extends Error {}

try {
  await main();
} catch (error) {
  if (!(error instanceof Mistake)) throw error;
  console.error(`create-dormouse: ${error.message}`);
  process.exitCode = 1;
}

async function main() {
  const { folder, template } = await ask(readArguments());
  const target = resolve(folder);
  if (existsSync(target) && readdirSync(target).length > 0) {
    throw new Mistake(`${target} is not empty`);
  }
  copy(template, target);
  const steps = [
    ...(target === process.cwd() ? [] : [`cd ${folder}`]),
    "npm install",
    "npm run dev",
  ];
  console.log(
    `${target} has the template ${template} now. Go on with:\n\n  ${steps.join("\n  ")}\n`,
  );
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < NODE[0] || (major === NODE[0] && minor < NODE[1])) {
    console.log(
      `(wrangler wants Node ${NODE.join(".")} or newer; this is ${process.versions.node}.)`,
    );
  }
}

/** What the command line says. */
function readArguments() {
  const options = {
    template: { type: "string", short: "t" },
    help: { type: "boolean", short: "h" },
  };
  let parsed;
  try {
    parsed = parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new Mistake(`${error.message}\n${USAGE}`);
  }
  const { values, positionals } = parsed;
  if (values.help || positionals.length > 1) throw new Mistake(USAGE);
  if (values.template !== undefined && !Object.hasOwn(KINDS, values.template)) {
    throw new Mistake(
      `there is no template "${values.template}": ${Object.keys(KINDS).join(", ")}`,
    );
  }
  return { folder: positionals[0], template: values.template };
}

/** Asks for what is missing, where somebody can answer. */
async function ask({ folder, template }) {
  const defaults = { folder: "my-dormouse", template: "chat" };
  if (!process.stdin.isTTY || (folder && template)) {
    return { folder: folder ?? defaults.folder, template: template ?? defaults.template };
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const name = folder ?? (await terminal.question(`Folder (${defaults.folder}): `));
    if (template === undefined) {
      for (const [kind, what] of Object.entries(KINDS)) console.log(`  ${kind.padEnd(12)} ${what}`);
    }
    const kind = template ?? (await terminal.question(`Template (${defaults.template}): `));
    if (kind && !Object.hasOwn(KINDS, kind)) throw new Mistake(`there is no template "${kind}"`);
    return { folder: name || defaults.folder, template: kind || defaults.template };
  } finally {
    terminal.close();
  }
}

/** Copies a template, and gives the project its name. */
function copy(template, target) {
  for (const part of [COMMON, ...(template === "react" ? [] : [PAGE]), template]) {
    cpSync(join(TEMPLATES, part), target, { recursive: true });
  }
  renameSync(join(target, IGNORED.here), join(target, IGNORED.there));
  const { version } = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8"));
  const name = nameOf(target);
  for (const file of [
    "package.json",
    "wrangler.toml",
    "README.md",
    "index.html",
    "public/index.html",
  ]) {
    const path = join(target, file);
    if (!existsSync(path)) continue;
    const text = readFileSync(path, "utf8");
    writeFileSync(
      path,
      text.replaceAll("PROJECT_NAME", name).replaceAll("DORMOUSE_VERSION", version),
    );
  }
}

/** A name that npm and Workers take, of a folder's. */
function nameOf(target) {
  const name = basename(target)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-");
  return name.replace(/^-+|-+$/g, "").slice(0, 54) || "dormouse";
}
