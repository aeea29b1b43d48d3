// Which places of the sources each test file comes by, as V8 counts it.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** What one test file has run. Node strips types without moving anything: offsets are the sources' own. */
export class Coverage {
  /** By file, relative to the sources: the functions of each process, each as nested ranges. */
  #functions = new Map();

  /**
   * @param {string} folder what `NODE_V8_COVERAGE` named; removed
   * @param {string} sources the checkout, or copy of it, that the test file ran in
   */
  constructor(folder, sources) {
    const prefix = `${pathToFileURL(sources).href}/`;
    for (const name of readdirSync(folder)) {
      const { result } = JSON.parse(readFileSync(join(folder, name), "utf8"));
      for (const { url, functions } of result) {
        if (url.startsWith(`${prefix}glue/`)) this.#add(url.slice(prefix.length), functions);
      }
    }
    rmSync(folder, { recursive: true });
  }

  /**
   * Whether the test file has run what stands at an offset of a file.
   * @param {string} file
   * @param {number} offset
   */
  reaches(file, offset) {
    const processes = this.#functions.get(file) ?? [];
    return processes.some((functions) => countAt(functions, offset) > 0);
  }

  #add(file, functions) {
    const processes = this.#functions.get(file) ?? [];
    this.#functions.set(file, [...processes, functions]);
  }
}

/** How often the smallest range around an offset has run. */
function countAt(functions, offset) {
  let [smallest, count] = [Number.POSITIVE_INFINITY, 0];
  for (const { ranges } of functions) {
    for (const range of ranges) {
      const length = range.endOffset - range.startOffset;
      const holds = range.startOffset <= offset && offset < range.endOffset;
      if (holds && length <= smallest) [smallest, count] = [length, range.count];
    }
  }
  return count;
}
