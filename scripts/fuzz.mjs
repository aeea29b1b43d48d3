// `npm run fuzz`: every fuzzer for ten minutes, or as asked:
//
//   npm run fuzz -- [--seconds 3600] [name…]
import { parseArgs } from "node:util";
import { setUp } from "./setup.mjs";
import { fuzz, fuzzers } from "./support/fuzzers.mjs";
import { Failure, main } from "./support/process.mjs";

await main(async () => {
  const { values, positionals } = parseArgs({
    options: { seconds: { type: "string", default: "600" } },
    allowPositionals: true,
  });
  const unknown = positionals.filter((name) => !fuzzers().includes(name));
  if (unknown.length > 0) {
    throw new Failure(`No such fuzzer: ${unknown.join(", ")}. There are: ${fuzzers().join(", ")}`);
  }
  await setUp("test");
  await fuzz(positionals.length > 0 ? positionals : fuzzers(), Number(values.seconds));
});
