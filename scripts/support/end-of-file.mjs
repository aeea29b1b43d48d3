// Loaded before each test file: ends a file that does not end. The runner's own timeout holds for each
// test; behind the last of them it would wait for ever, for a client that still tries to connect, say.
import { after, afterEach } from "node:test";
import { isMainThread } from "node:worker_threads";

/** Of a file's time, so much is for what its process still does behind the last test, stops servers for instance. */
const LINGER = 1 / 30;
/** The same, if a test has failed: what it left open is not worth waiting for. */
const FAILED_LINGER = 1 / 90;

const limit = Number(process.env.DORMOUSE_FILE_LIMIT_MS);

if (limit > 0 && isFile()) {
  endIn(limit, `the file is not done after ${limit / 1000} s`);
  let hasFailed = false;
  afterEach(({ passed }) => {
    hasFailed ||= !passed;
  });
  after(() => {
    if (hasFailed)
      endIn(FAILED_LINGER * limit, "a test has failed, and something keeps its process alive");
    else endIn(LINGER * limit, "its tests are done, but something keeps its process alive");
  });
}

/** Not the runner itself, nor a thread or a program that a test starts with the same arguments. */
function isFile() {
  const isBelowRunner = process.env.NODE_TEST_CONTEXT !== undefined;
  return isBelowRunner && isMainThread && /\.test\.\w+$/.test(process.argv[1] ?? "");
}

function endIn(milliseconds, why) {
  const end = () => {
    const open = process.getActiveResourcesInfo().join(", ");
    console.error(`${process.argv[1]}: ${why}; open are: ${open}`);
    process.exit(1);
  };
  setTimeout(end, milliseconds).unref();
}
