// A copy of the core's sources in which mutants are built and tested; the checkout stays as it is.
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { removeForeignBuild } from "../cmake-cache.mjs";
import { capture, Failure, ROOT } from "../process.mjs";
import { withMutant } from "./mutant.mjs";

/** What the native build reads. */
const COPIED = ["CMakeLists.txt", "cmake", "wasm", "tests/wasm"];
/** A mutant that runs for longer hangs: that is noticed, too. */
const TEST_TIMEOUT_MS = 60_000;

export class CoreLaboratory {
  #sources;
  #build;

  /** @param {number} number tells laboratories that work at the same time apart */
  constructor(number) {
    const folder = join(ROOT, "build", "mutants", `core-${number}`);
    this.#sources = join(folder, "sources");
    this.#build = join(folder, "build");
  }

  /** Copies and builds the sources as they are. Throws a `Failure` if their tests do not pass. */
  async prepare() {
    rmSync(this.#sources, { recursive: true, force: true });
    mkdirSync(this.#sources, { recursive: true });
    for (const name of COPIED) {
      cpSync(join(ROOT, name), join(this.#sources, name), { recursive: true });
    }
    removeForeignBuild(this.#build, this.#sources);
    const { output, error } = await capture("cmake", [
      ...["-S", this.#sources, "-B", this.#build, "-G", "Ninja"],
      "-DCMAKE_CXX_COMPILER=clang++-19",
      "-DCMAKE_BUILD_TYPE=Debug",
      "-DCMAKE_CXX_FLAGS_DEBUG=-O1",
      "-DDORMOUSE_PART=native",
      "-DDORMOUSE_SANITIZERS=OFF",
      "-DDORMOUSE_WARNINGS_AS_ERRORS=OFF",
    ]);
    if (error) throw new Failure(output);
    if (!(await this.#compile())) throw new Failure("the core's tests do not compile");
    if (!(await this.#passes())) throw new Failure("the core's tests fail without any mutant");
  }

  /**
   * @param {import("./mutant.mjs").Mutant} mutant
   * @returns {Promise<"noticed" | "survived" | "invalid">} `invalid`: it does not compile
   */
  try(mutant) {
    return withMutant(this.#sources, mutant, async () => {
      if (!(await this.#compile())) return "invalid";
      return (await this.#passes()) ? "survived" : "noticed";
    });
  }

  async #compile() {
    const { error } = await capture("cmake", ["--build", this.#build, "--target", "core_tests"]);
    return error === undefined;
  }

  #passes() {
    const program = join(this.#build, "core_tests");
    const child = spawn(program, ["--abort-after=1", "--minimal"], {
      cwd: this.#build,
      stdio: "ignore",
      timeout: TEST_TIMEOUT_MS,
      killSignal: "SIGKILL",
    });
    return new Promise((resolve) => {
      child.once("error", () => resolve(false));
      child.once("close", (code) => resolve(code === 0));
    });
  }
}
