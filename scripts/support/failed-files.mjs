// A reporter of Node's test runner: the test files in which something failed, a line each.
export default async function* failedFiles(events) {
  const files = new Set();
  for await (const { type, data } of events) {
    if (type !== "test:fail") continue;
    // What a file as a whole is failed for, its end for instance, has no other file that it came from.
    files.add(data.entryFile ?? data.file);
  }
  for (const file of files) yield `${file}\n`;
}
