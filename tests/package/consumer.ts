/** A user's folder: the packed package installed beside nothing but wrangler. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BIN = join(ROOT, "node_modules", ".bin");
const exec = promisify(execFile);

/** The name that other packages and older applications know. */
export const ALIAS = "socket.io";

/** What `npm pack` made. */
export interface Tarball {
  /** File name, in the consumer's folder. */
  filename: string;
  /** Bytes, packed and unpacked. */
  size: number;
  unpackedSize: number;
  files: { path: string; size: number }[];
}

interface LockedPackage {
  dependencies?: Record<string, string>;
  [field: string]: unknown;
}

export class Consumer {
  readonly folder = mkdtempSync(join(tmpdir(), "dormouse-consumer-"));
  tarball!: Tarball;

  /** Packs dist/ as `npm run build` left it, and installs it here. */
  async install(): Promise<void> {
    const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", this.folder];
    const { stdout } = await exec("npm", pack, { cwd: ROOT });
    this.tarball = JSON.parse(stdout)[0];
    this.#writeProject();
    const quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
    await exec("npm", ["ci", ...quiet], { cwd: this.folder });
  }

  /** Wrangler as if it had been installed here, too. */
  addWrangler(): void {
    symlinkSync(join(ROOT, "node_modules", "wrangler"), this.path("node_modules", "wrangler"));
  }

  write(name: string, content: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
  }

  read(...names: string[]): string {
    return readFileSync(this.path(...names), "utf8");
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** Starts a file of this folder on some Node. */
  start(node: string, file: string): ChildProcess {
    return spawn(node, [file], { cwd: this.folder, stdio: ["ignore", "pipe", "inherit"] });
  }

  /** Runs a file of this folder on some Node to its end; gives what it printed. */
  async output(node: string, file: string): Promise<string> {
    const { stdout } = await exec(node, [file], { cwd: this.folder });
    return stdout;
  }

  /** Runs one of the checkout's programs here; gives what it printed. Rejects if it fails. */
  async run(program: string, ...args: string[]): Promise<string> {
    const env = { ...process.env, WRANGLER_SEND_METRICS: "false", NO_COLOR: "1" };
    const command = [join(BIN, program), ...args];
    try {
      const { stdout } = await exec(join(BIN, "node"), command, { cwd: this.folder, env });
      return stdout;
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`${program} ${args.join(" ")}:\n${stdout}${stderr}`);
    }
  }

  /** Types of a platform, which users have among their dev dependencies. */
  addTypes(name: string): void {
    const target = this.path("node_modules", name);
    if (existsSync(target)) return;
    mkdirSync(join(target, ".."), { recursive: true });
    cpSync(join(ROOT, "node_modules", name), target, { recursive: true });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /**
   * With the versions of our own lock file, so that npm finds everything in its cache and asks the
   * registry for nothing.
   */
  #writeProject(): void {
    const { filename } = this.tarball;
    const { name, version, bin, dependencies } = JSON.parse(
      readFileSync(`${ROOT}package.json`, "utf8"),
    );
    const locked = JSON.parse(readFileSync(`${ROOT}package-lock.json`, "utf8")).packages;
    const packages: Record<string, LockedPackage> = {
      "": { dependencies: { [name]: `file:${filename}`, [ALIAS]: `npm:${name}@${version}` } },
      [`node_modules/${name}`]: { version, resolved: `file:${filename}`, bin, dependencies },
      [`node_modules/${ALIAS}`]: { name, version, resolved: `file:${filename}`, bin, dependencies },
    };
    const wanted = Object.keys(dependencies);
    for (const dependency of wanted) {
      const entry: LockedPackage = locked[`node_modules/${dependency}`];
      packages[`node_modules/${dependency}`] = { ...entry, dev: undefined };
      wanted.push(...Object.keys(entry.dependencies ?? {}));
    }
    const project = { name: "consumer", private: true, type: "module" };
    const own = packages[""];
    this.write("package.json", JSON.stringify({ ...project, ...own }));
    const lock = { name: "consumer", lockfileVersion: 3, requires: true, packages };
    this.write("package-lock.json", JSON.stringify(lock));
  }
}
