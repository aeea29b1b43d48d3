/** The load generator's process: runs one command at a time for its parent. */
import type { Command } from "./commands.ts";
import { runIdle } from "./connects.ts";
import { runCrowd } from "./crowd.ts";
import { runDelay } from "./delay.ts";
import { holdConnections, probe, releaseConnections, rest } from "./held.ts";
import { loseSessions, recoverSessions } from "./sessions.ts";
import { openBroadcast, openEcho, runPace, runSteady } from "./steady.ts";
import { begin, end, turn } from "./turns.ts";
import { visitObjects } from "./visits.ts";

process.on("message", (command: Command) => {
  run(command).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : error }),
  );
});
process.on("disconnect", () => process.exit());

async function run(command: Command): Promise<unknown> {
  switch (command.kind) {
    case "echo":
      return runSteady(openEcho(command), command);
    case "pace":
      return runPace(command);
    case "broadcast":
      return runSteady(openBroadcast(command), command);
    case "begin":
      return begin(command);
    case "turn":
      return turn(command);
    case "end":
      return end();
    case "idle":
      return runIdle(command);
    case "hold":
      return holdConnections(command);
    case "probe":
      return probe(command);
    case "rest":
      return rest(command);
    case "visit":
      return visitObjects(command);
    case "crowd":
      return runCrowd(command);
    case "release":
      return releaseConnections();
    case "lose":
      return loseSessions(command);
    case "recover":
      return recoverSessions(command);
    case "delay":
      return runDelay(command);
  }
}
