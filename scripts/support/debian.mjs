// The Debian packages that the project is built and tested with.
import { readFileSync } from "node:fs";
import { Failure, hasProgram, outputOf, run } from "./process.mjs";

/** Needed to build core.wasm. */
export const BUILD_PACKAGES = [
  "clang-19",
  "lld-19",
  "llvm-19",
  "wasi-libc",
  "libc++-19-dev-wasm32",
  "libc++abi-19-dev-wasm32",
  "libclang-rt-19-dev-wasm32",
  "binaryen",
  "cmake",
  "ninja-build",
  "rapidjson-dev",
];

/** Needed in addition to test everything. */
export const TEST_PACKAGES = [
  "clang-format-19",
  "clang-tidy-19",
  "libclang-rt-19-dev",
  "doctest-dev",
  "emscripten",
  "chromium",
  "fonts-dejavu-core",
];

/** Needed in addition for the long tests; programs have the same names. */
export const LONG_PACKAGES = ["redis-server"];

/** What does not come is asked for again, and who has the lock of the packages is waited for: neither for ever. */
const PATIENCE = [
  "Acquire::Retries=3",
  "Acquire::http::Timeout=60",
  "Acquire::https::Timeout=60",
  "DPkg::Lock::Timeout=300",
].flatMap((setting) => ["-o", setting]);

/** Whether this is Debian or derived from it. */
export function isDebian() {
  return isDebianRelease(readOrEmpty("/etc/os-release")) && hasProgram("apt-get");
}

/**
 * @param {string} release the text of /etc/os-release
 */
export function isDebianRelease(release) {
  const families = release.match(/^ID(_LIKE)?=.*$/gm) ?? [];
  return families.some((line) => /\bdebian\b/.test(line));
}

/**
 * Those of `packages` that are not installed.
 * @param {string[]} packages
 */
export function missingPackages(packages) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  const format = "-f=${Package} ${db:Status-Status}\\n";
  return notInstalled(packages, outputOf("dpkg-query", ["-W", format, ...packages]));
}

/**
 * @param {string[]} packages
 * @param {string} listing lines of `<package> <status>`; unknown packages have none
 */
export function notInstalled(packages, listing) {
  const installed = new Set(
    listing
      .split("\n")
      .filter((line) => line.endsWith(" installed"))
      .map((line) => line.split(" ")[0]),
  );
  return packages.filter((name) => !installed.has(name));
}

/**
 * Installs packages with apt-get.
 * @param {string[]} packages not empty
 * @param {"run" | "say"} how whether commands are run, or only said
 */
export async function installPackages(packages, how) {
  const asRoot = rootPrefix();
  const command = ["install", "-y", "--no-install-recommends", ...packages];
  if (asRoot === undefined) {
    throw new Failure(
      "These Debian packages are missing, and there is neither root nor sudo to install them.\n" +
        `Run this as root, then try again:\n\n  apt-get ${command.join(" ")}\n`,
    );
  }
  const apt = async (args) => {
    const words = [...asRoot, "apt-get", ...PATIENCE, ...args];
    console.log(`${how === "say" ? "would run" : "running"}: ${words.join(" ")}`);
    if (how === "run") await run(words[0], words.slice(1));
  };

  console.log(`Missing Debian packages: ${packages.join(" ")}`);
  let updated = false;
  if (withoutCandidate(packages).length > 0) {
    await apt(["update"]);
    updated = true;
    const unknown = how === "say" ? [] : withoutCandidate(packages);
    if (unknown.length > 0) {
      throw new Failure(`This Debian has no such packages: ${unknown.join(" ")}\n${ALTERNATIVES}`);
    }
  }
  try {
    await apt(command);
  } catch (error) {
    if (updated) throw error;
    // The package lists may be older than the archive.
    await apt(["update"]);
    await apt(command);
  }
}

/** What does without Debian's packages, for messages. */
export const ALTERNATIVES =
  "To build core.wasm without Debian's clang, either set WASI_SDK_PATH to an unpacked wasi-sdk, or\n" +
  "put Emscripten's emcc on the PATH; besides, CMake 3.25, Ninja and RapidJSON's headers are needed\n" +
  "(RAPIDJSON_INCLUDE_DIR, if the compiler's usual folders do not have them).";

/** Words to put before a command so that it runs as root; undefined if there is no way. */
function rootPrefix() {
  // Packages must not ask questions; sudo does not pass the environment on.
  const quiet = ["env", "DEBIAN_FRONTEND=noninteractive"];
  if (process.getuid?.() === 0) return quiet;
  return hasProgram("sudo") ? ["sudo", ...quiet] : undefined;
}

function withoutCandidate(packages) {
  const policy = outputOf("apt-cache", ["policy", ...packages]);
  return packages.filter((name) => !hasCandidate(policy, name));
}

/**
 * Whether apt can install a package.
 * @param {string} policy what `apt-cache policy` printed
 * @param {string} name
 */
export function hasCandidate(policy, name) {
  const lines = policy.split("\n");
  const start = lines.indexOf(`${name}:`);
  return start >= 0 && /^ {2}Candidate: (?!\(none\))/.test(lines[start + 2] ?? "");
}

function readOrEmpty(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
