import { ackFrames, eventFrame, JOIN, JOIN_NEW } from "./frames.ts";
import { cpuPerOperation, inTurns, type Measure, type Turns } from "./measure.ts";

/** Echo of one event, frame bytes `length`, on many connections. */
export function echo(id: string, title: string, length: number): Measure {
  const frame = eventFrame("echo", length);
  return roundTrip(id, title, frame, frame);
}

/** The same event at the pace of people: of many clients one sends, again and again, with pauses. */
export function pace(id: string, title: string, length: number): Measure {
  const frame = eventFrame("echo", length);
  return {
    id,
    title,
    unit: "µs",
    comparison: "ratio",
    freshServer: false,
    repetitions: ({ pace }) => pace.repetitions,
    appliesTo: ({ runtime }) => runtime === "workerd",
    async sample({ server: { endpoint }, load, settings: { pace } }) {
      const { connections, interval, phases } = pace;
      const command = { endpoint, frame, reply: frame, connections, interval, phases };
      return cpuPerOperation(await load.run<"pace">({ kind: "pace", ...command }));
    },
  };
}

/** An event that asks for an ack, and its ack. A raw target echoes the same bytes. */
export function ack(id: string, title: string, length: number): Measure {
  const { request, ack } = ackFrames("ack", length);
  return roundTrip(id, title, request, ack);
}

/**
 * One event to all members of a room; the raw object loops over its sockets. `crowd`: with so many members
 * instead, which only the targets in workerd have.
 */
export function broadcast(id: string, title: string, length: number, crowd?: number): Measure {
  const frame = eventFrame("broadcast", length);
  return steady(
    id,
    title,
    "broadcast",
    ({ server: { endpoint }, settings }) => {
      const join = endpoint.protocol === "raw" ? undefined : JOIN;
      const { members, phases } = settings.broadcast;
      const room = { members: crowd ?? members, phases };
      return { kind: "broadcast", endpoint, join, frame, delivery: frame, ...room };
    },
    crowd === undefined ? undefined : ({ runtime }) => runtime === "workerd",
  );
}

/**
 * A client leaves its room and joins one that nobody was in, which on shards is told to the room's home before the
 * client is answered.
 */
export const join: Measure = {
  ...roundTrip("join", "join of a new room", JOIN_NEW.frame, JOIN_NEW.reply),
  appliesTo: ({ protocol }) => protocol === "socket.io",
};

function roundTrip(id: string, title: string, frame: string, socketIOReply: string): Measure {
  return steady(id, title, "echo", ({ server: { endpoint }, settings }) => {
    const reply = endpoint.protocol === "raw" ? frame : socketIOReply;
    return { kind: "echo", endpoint, frame, reply, ...settings.echo };
  });
}

function steady(
  id: string,
  title: string,
  phasesOf: "echo" | "broadcast",
  load: Turns["load"],
  appliesTo?: Measure["appliesTo"],
): Measure {
  return inTurns({
    ...(appliesTo !== undefined && { appliesTo }),
    id,
    title,
    unit: "µs",
    comparison: "ratio",
    freshServer: false,
    repetitions: (settings) => settings.repetitions,
    turns: {
      load,
      count: ({ [phasesOf]: { phases }, turn }) => Math.ceil(phases.window / turn),
      amount: ({ turn }) => turn,
    },
  });
}
