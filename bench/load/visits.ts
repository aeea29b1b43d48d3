import { median } from "../report/statistics.ts";
import type { ProbeResult, VisitCommand } from "./commands.ts";
import { openConnection } from "./connection.ts";

let visits = 0;

/** Time from the first byte of a connect to an object that was never asked before to its first echo: the median. */
export async function visitObjects(command: VisitCommand): Promise<ProbeResult> {
  const times: number[] = [];
  for (let count = 0; count < command.objects; count += 1) times.push(await visitOne(command));
  return { milliseconds: median(times) };
}

async function visitOne({ endpoint, frame }: VisitCommand): Promise<number> {
  visits += 1;
  const url = `${endpoint.url}&object=${process.pid}-${visits}`;
  const start = process.hrtime.bigint();
  const connection = await openConnection({ ...endpoint, url });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  connection.onLost = (code) => reject(new Error(`connection lost with ${code}`));
  connection.onMessage = (data) => {
    if (data.toString("latin1") === frame) resolve();
    else reject(new Error(`received ${data.toString("latin1", 0, 80)}`));
  };
  connection.send(Buffer.from(frame));
  await promise;
  const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
  await connection.close();
  return milliseconds;
}
