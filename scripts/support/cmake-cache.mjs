// CMake's memory of a build folder, which names its sources and itself with absolute paths.
import { existsSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";

/** What a cache says of places: its sources, and the folder that it is in. */
const SOURCES = "CMAKE_HOME_DIRECTORY";
const FOLDER = "CMAKE_CACHEFILE_DIR";

/**
 * Removes a build folder that belongs to another checkout, as one does that was copied or renamed with
 * its checkout: CMake refuses to go on with it, and what is in it was built from other files.
 * @param {string} folder where CMake builds
 * @param {string} sources what it is to build
 */
export function removeForeignBuild(folder, sources) {
  const file = join(folder, "CMakeCache.txt");
  if (!existsSync(file)) return;
  const cache = readFileSync(file, "utf8");
  const belongs =
    isSamePlace(entryOf(cache, SOURCES), sources) && isSamePlace(entryOf(cache, FOLDER), folder);
  if (!belongs) rmSync(folder, { recursive: true, force: true });
}

function entryOf(cache, name) {
  return new RegExp(`^${name}:INTERNAL=(.*)$`, "m").exec(cache)?.[1] ?? "";
}

/** Checkouts are reached through links, too. */
function isSamePlace(one, other) {
  return existsSync(one) && realpathSync(one) === realpathSync(other);
}
