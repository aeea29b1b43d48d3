/** A user's folder with the packed package, servers of the corpus, and ESLint or not. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Consumer, ROOT } from "../../package/consumer.ts";
import { FOLDER } from "./corpus.ts";

const TOOLS = ["eslint", "@typescript-eslint/parser"];

/** What a program printed, and how it ended. */
export interface Result {
  readonly code: number;
  readonly lines: string[];
  readonly errors: string;
}

export class User extends Consumer {
  override async install(): Promise<void> {
    assertBuilt();
    await super.install();
    this.addWrangler();
  }

  /** The program as `npx` runs it, which may not fetch it. */
  npx(args: readonly string[], env: Record<string, string> = {}): Promise<Result> {
    return this.#execute("npx", ["--no-install", ...args], env);
  }

  /** The program as scripts run it: quicker. */
  dormouse(args: readonly string[]): Promise<Result> {
    const program = this.path("node_modules", ".bin", "dormouse-io");
    return this.#execute(process.execPath, [program, ...args], {});
  }

  #execute(program: string, args: string[], env: Record<string, string>): Promise<Result> {
    const options = { cwd: this.folder, env: { ...process.env, NO_COLOR: "1", ...env } };
    return new Promise((resolve) => {
      execFile(program, args, options, (error, stdout, stderr) => {
        const code = error ? Number(error.code) : 0;
        resolve({ code, lines: stdout.trim().split("\n"), errors: stderr });
      });
    });
  }

  /** ESLint and the parser as if they had been installed, too. */
  addTools(): void {
    for (const name of TOOLS) {
      const target = this.path("node_modules", name);
      mkdirSync(join(target, ".."), { recursive: true });
      if (!existsSync(target)) symlinkSync(join(ROOT, "node_modules", name), target);
    }
  }

  removeTools(): void {
    for (const name of TOOLS) rmSync(this.path("node_modules", name), { force: true });
  }

  /** Fills `src/` with these parts of the corpus, and nothing else. */
  fill(...names: string[]): void {
    rmSync(this.path("src"), { recursive: true, force: true });
    for (const name of names)
      cpSync(join(FOLDER, name), this.path("src", name), { recursive: true });
  }
}

/** The package is packed as it was built last: that may not be before its sources were changed. */
function assertBuilt(): void {
  for (const path of sourcesOf("layers/eslint")) {
    const built = join(ROOT, "dist", path.replace(/\.ts$/, ".js"));
    assert.ok(existsSync(built), `dist/ has nothing of ${path}: run \`npm run build\``);
    const isStale = statSync(built).mtimeMs < statSync(join(ROOT, path)).mtimeMs;
    assert.ok(!isStale, `dist/ is older than ${path}: run \`npm run build\``);
  }
}

/** The TypeScript files of a folder, from the root. */
function sourcesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));
}

/** The corpus's `file:line rule` of what the command printed. */
export function found(lines: readonly string[]): string[] {
  return lines
    .flatMap((line) => {
      const [, place, rule] = /^(\S+:\d+):\d+ .*\(dormouse-io\/([\w-]+)\)$/.exec(line) ?? [];
      return place ? [`${place} ${rule}`] : [];
    })
    .sort();
}
