/** A user's folder with the files of docs/testing.md. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ALIAS, Consumer, ROOT } from "../../package/consumer.ts";

const exec = promisify(execFile);
const page = readFileSync(join(ROOT, "docs", "testing.md"), "utf8");

/** The files of the page by their names, which their first lines say. */
export const FILES: ReadonlyMap<string, string> = new Map(
  [...page.matchAll(/^```[jt]s\n\/\/ (\S+)\n(.*?)^```/gms)].map(([, name = "", code = ""]) => [
    name,
    code,
  ]),
);

export class Reader extends Consumer {
  override async install(): Promise<void> {
    await super.install();
    const client = ["node_modules", "socket.io-client"];
    symlinkSync(join(ROOT, ...client), this.path(...client));
  }

  /** Installs packages from npm beside ours, which is `socket.io`, too. */
  async addPackages(packages: Record<string, string>): Promise<void> {
    const tarball = `file:${this.tarball.filename}`;
    const dependencies = { "dormouse-io": tarball, [ALIAS]: tarball, ...packages };
    // For packages that have `socket.io` among their own dependencies.
    const overrides = { [ALIAS]: dependencies[ALIAS] };
    const project = { private: true, type: "module", dependencies, overrides };
    this.write("package.json", JSON.stringify(project));
    for (const name of ["node_modules", "package-lock.json"]) {
      rmSync(this.path(name), { recursive: true, force: true });
    }
    const quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline"];
    // Peers ask for versions of `socket.io` that are not ours.
    await exec("npm", ["install", "--legacy-peer-deps", ...quiet], { cwd: this.folder });
  }

  /** Writes a file of the page, or another version of it. */
  take(name: string, change: (code: string) => string = (code) => code): void {
    const code = FILES.get(name);
    assert.ok(code, name);
    this.write(name, change(code));
  }
}
