import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Series } from "../report/results.ts";
import { summarise } from "../report/series.ts";
import type { Settings } from "../settings.ts";
import type { Sample } from "./measure.ts";

/** Nanoseconds of CPU time per message of each codec, block by block; what the codec process sends. */
export type CodecTimes = Readonly<Record<CodecId, readonly number[]>>;

export type CodecId = "npm-parsers" | "dormouse-codec" | "json-parse";

/** What is timed. */
export const CODEC_MEASURE = {
  id: "decode-60",
  title: "decode a 60 B event",
  unit: "ns",
  comparison: "ratio",
} as const;
const FLOOR: CodecId = "npm-parsers";
const CODECS: readonly { readonly id: CodecId; readonly title: string }[] = [
  { id: "npm-parsers", title: "npm's parsers" },
  { id: "dormouse-codec", title: "Dormouse's glue and core" },
  { id: "json-parse", title: "JSON.parse alone" },
];

/** Times the codecs in a process of their own, which has compiled nothing else. */
export async function measureCodecs({ codec }: Settings): Promise<Series[]> {
  const child = fork(fileURLToPath(new URL("./codec.process.ts", import.meta.url)), [
    String(codec.repetitions),
    String(codec.messages),
  ]);
  const failed = once(child, "exit").then(([code]) => {
    throw new Error(`timing the codecs ended with ${code}`);
  });
  failed.catch(() => {});
  const [times] = (await Promise.race([once(child, "message"), failed])) as [CodecTimes];
  const samples = (id: CodecId): Sample[] =>
    times[id].map((value) => ({ value, operations: codec.messages }));
  return CODECS.map(({ id, title }) =>
    summarise(
      { measure: CODEC_MEASURE, target: { id, title, floor: FLOOR } },
      samples(id),
      samples(FLOOR),
    ),
  );
}
