/** The loads of several servers, of which one runs at a time, for a short turn. */
import type { BeginCommand, LoadResult, TurnCommand } from "./commands.ts";
import { openConnects } from "./connects.ts";
import { openBroadcast, openEcho, type TurnedLoad } from "./steady.ts";

/** By the process of the server. */
const loads = new Map<number, TurnedLoad>();

export async function begin({ load }: BeginCommand): Promise<void> {
  loads.set(load.endpoint.pid, await open(load));
}

export function turn({ pid, amount }: TurnCommand): Promise<LoadResult> {
  const load = loads.get(pid);
  if (load === undefined) throw new Error(`no load was begun for process ${pid}`);
  return load.turn(amount);
}

export async function end(): Promise<void> {
  const ended = [...loads.values()];
  loads.clear();
  // One after the other, as they were opened.
  for (const load of ended) await load.close();
}

function open(load: BeginCommand["load"]): Promise<TurnedLoad> {
  switch (load.kind) {
    case "echo":
      return openEcho(load);
    case "broadcast":
      return openBroadcast(load);
    case "connect":
      return openConnects(load);
  }
}
