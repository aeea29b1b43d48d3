// Makes a fresh checkout ready: system packages, npm packages. Does nothing when all is there.
//
//   node scripts/setup.mjs [test|long]  what `npm start` needs, or all that `npm test` or `npm run test:long` needs
//   DORMOUSE_SETUP_DRY_RUN=1           says what it would do
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  ALTERNATIVES,
  BUILD_PACKAGES,
  installPackages,
  isDebian,
  LONG_PACKAGES,
  missingPackages,
  TEST_PACKAGES,
} from "./support/debian.mjs";
import {
  Failure,
  hasProgram,
  main,
  NODE,
  outputOf,
  ROOT,
  run,
  systemPath,
} from "./support/process.mjs";

/** A download that stalls is begun anew, and npm itself is not waited for longer than for a slow network. */
const NPM_PATIENCE = ["--fetch-timeout=120000", "--fetch-retries=3"];
const NPM_TIMEOUT_MS = 900_000;

const DRY_RUN = Boolean(process.env.DORMOUSE_SETUP_DRY_RUN);

/** Programs that the tests need where packages cannot be looked up. */
const TEST_PROGRAMS = [
  "clang++-19",
  "clang-format-19",
  "clang-tidy-19",
  "em++",
  "chromium",
  "cmake",
  "ninja",
];

/**
 * Installs what is missing.
 * @param {"run" | "test" | "long"} purpose
 */
export async function setUp(purpose) {
  if (Number.parseInt(process.versions.node, 10) < 20) {
    throw new Failure(`Node 20 or newer is needed; this is ${process.version}.`);
  }
  if (isDebian()) await setUpDebian(purpose);
  else checkPrograms(purpose);
  await installModules();
}

/**
 * The CMake preset that builds core.wasm here: clang's, or Emscripten's where only that is at hand.
 * @returns {"wasi" | "emscripten"}
 */
export function corePreset() {
  if (process.env.WASI_SDK_PATH || isDebian()) return "wasi";
  return "emscripten";
}

async function setUpDebian(purpose) {
  const compiler = process.env.WASI_SDK_PATH
    ? ["cmake", "ninja-build", "rapidjson-dev"]
    : BUILD_PACKAGES;
  const wanted = purpose === "run" ? compiler : [...BUILD_PACKAGES, ...TEST_PACKAGES];
  if (purpose === "long") wanted.push(...LONG_PACKAGES);
  const missing = missingPackages(wanted);
  if (missing.length > 0) await installPackages(missing, DRY_RUN ? "say" : "run");
}

function checkPrograms(purpose) {
  const compiler = process.env.WASI_SDK_PATH ? [] : ["em++"];
  const wanted = purpose === "run" ? [...compiler, "cmake", "ninja"] : [...TEST_PROGRAMS];
  if (purpose === "long") wanted.push(...LONG_PACKAGES);
  const missing = wanted.filter((name) => !hasProgram(name));
  if (missing.length === 0) return;
  throw new Failure(
    "This is not Debian, so nothing is installed by itself.\n" +
      `Missing programs: ${missing.join(" ")}\n${ALTERNATIVES}\n` +
      `On Debian it would be these packages: ${BUILD_PACKAGES.join(" ")}` +
      (purpose === "run" ? "" : ` ${TEST_PACKAGES.join(" ")}`),
  );
}

/** Runs `npm ci` unless node_modules was made from this very package-lock.json. */
async function installModules() {
  const stamp = join(ROOT, "node_modules", ".dormouse-lock");
  const lock = createHash("sha256")
    .update(readFileSync(join(ROOT, "package-lock.json")))
    .digest("hex");
  const current = existsSync(stamp) && readFileSync(stamp, "utf8") === lock;
  if (current && outputOf(NODE, ["--version"]).startsWith("v24.")) return;

  const npm = async (...args) => {
    console.log(`${DRY_RUN ? "would run" : "running"}: npm ${args.join(" ")}`);
    const env = { PATH: systemPath() };
    if (!DRY_RUN) await run("npm", [...args, ...NPM_PATIENCE], env, { timeout: NPM_TIMEOUT_MS });
  };
  const install = () => npm("ci", "--no-audit", "--no-fund", "--loglevel=error");
  await install().catch((error) => {
    // Nobody who has stopped it wants it again.
    if (error.message === "") throw error;
    console.error(`${error.message}; once more`);
    return install();
  });
  if (DRY_RUN) return;
  if (!existsSync(NODE)) {
    // npm was told to ignore install scripts, and this one package is nothing without its own.
    await npm("rebuild", "node", "--ignore-scripts=false", "--loglevel=error");
  }
  if (!outputOf(NODE, ["--version"]).startsWith("v24.")) {
    throw new Failure(`${NODE} is not Node 24: the npm package \`node\` could not be installed.`);
  }
  writeFileSync(stamp, lock);
}

function purposeOf(argument = "run") {
  if (["run", "test", "long"].includes(argument)) return argument;
  throw new Failure(`"${argument}" is nothing to set up for: "test", "long", or nothing.`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main(() => setUp(purposeOf(process.argv[2])));
}
