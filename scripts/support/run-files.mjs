// Runs test files with Node's own runner, in a process of its own:
//
//   node run-files.mjs '{"name":"unhurried","timeout":300000,"concurrency":2,"files":["tests/…"]}'
//
// They start in the order in which they are given, which Node's command line does not keep. What it prints is for
// people; `build/test/<name>.tap`, `.failed` (files in which something failed, a line each) and `.seconds` (how
// long each file took, the longest first) are for programs.
import { createWriteStream, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { run } from "node:test";
import { spec, tap } from "node:test/reporters";
import { ROOT } from "./process.mjs";

const { name, timeout, concurrency, files } = JSON.parse(process.argv[2] ?? "");
const report = (ending) => join(ROOT, "build", "test", `${name}.${ending}`);

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());

const events = run({
  files: files.map((file) => resolve(ROOT, file)),
  concurrency,
  timeout,
  signal: stop.signal,
  execArgv: [`--import=${join(ROOT, "scripts", "support", "end-of-file.mjs")}`],
});
// Two reporters and what is below are more than it expects, and all there will be.
events.setMaxListeners(0);
events.compose(new spec()).pipe(process.stdout);
events.compose(tap).pipe(createWriteStream(report("tap")));

const failed = new Set();
const seconds = new Map();
events.on("test:fail", ({ entryFile, file }) => {
  // What a file as a whole is failed for, its end for instance, has no other file that it came from.
  failed.add(relative(ROOT, entryFile ?? file));
});
events.on("test:summary", ({ file, duration_ms, success }) => {
  if (file !== undefined) seconds.set(relative(ROOT, file), duration_ms / 1000);
  else if (!success) process.exitCode = 1;
});
events.on("end", () => {
  write("failed", [...failed]);
  const slowest = [...seconds].sort(([, one], [, other]) => other - one);
  write(
    "seconds",
    slowest.map(([file, time]) => `${time.toFixed(1)} ${file}`),
  );
});

function write(ending, lines) {
  writeFileSync(report(ending), lines.map((line) => `${line}\n`).join(""));
}
