import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import type { Machine } from "./results.ts";

const PACKAGES = [
  "workerd",
  "miniflare",
  "socket.io",
  "ws",
  "engine.io-parser",
  "socket.io-parser",
];

/** The machine that the benchmark runs on. */
export function describeMachine(): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model ?? "unknown",
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
  };
}

/** Versions of what is measured: the packages, and the commit of this repository. */
export function describeVersions(): Record<string, string> {
  const versions: Record<string, string> = { dormouse: commit() };
  for (const name of PACKAGES) versions[name] = packageVersion(name);
  return versions;
}

function packageVersion(name: string): string {
  const directories = createRequire(import.meta.url).resolve.paths(name) ?? [];
  for (const directory of directories) {
    try {
      const manifest: unknown = JSON.parse(
        readFileSync(`${directory}/${name}/package.json`, "utf8"),
      );
      return (manifest as { version: string }).version;
    } catch {
      // Not in this directory.
    }
  }
  return "not installed";
}

function commit(): string {
  const git = (...args: string[]) =>
    execFileSync("git", args, {
      cwd: fileURLToPath(new URL(".", import.meta.url)),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  try {
    const changed = git("status", "--porcelain", "--untracked-files=no") !== "";
    return git("rev-parse", "--short", "HEAD") + (changed ? " with changes" : "");
  } catch {
    return "unknown";
  }
}
