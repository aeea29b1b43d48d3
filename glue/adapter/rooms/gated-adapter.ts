/** Adapters and the gate: what was done before a sleep is not done again, whatever adapter does it. */
import type { Gate } from "../../engine/commands/replay-gate.ts";
import { Adapter, type BroadcastOptions } from "./adapter.ts";

/** The methods that have an effect, and whether a call of them waits for an answer. */
const METHODS = {
  addAll: () => false,
  del: () => false,
  delAll: () => false,
  broadcast: () => false,
  broadcastWithAck: () => true,
  addSockets: () => false,
  delSockets: () => false,
  disconnectSockets: () => false,
  serverSideEmit: (packet: unknown) => Array.isArray(packet) && typeof packet.at(-1) === "function",
  persistSession: () => false,
} as const satisfies Partial<Record<keyof Adapter, (first: unknown) => boolean>>;

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** The methods that only lead to those of the adapter's class. */
const passing = new WeakSet<object>();
const { addAll: ownAddAll } = Adapter.prototype;

/**
 * Puts the gate in front of an adapter, the application's own included. Whoever calls it passes the
 * gate, also code that calls it directly; an adapter that calls its own `super` is past it. What waits
 * for an answer is done again.
 */
export function gateAdapter(adapter: Adapter, gate: Gate): void {
  for (const [name, isQuestion] of Object.entries(METHODS)) {
    const key = name as keyof typeof METHODS;
    const own = Object.hasOwn(adapter, key) ? (adapter[key] as Method) : undefined;
    const value = function (this: unknown, ...args: unknown[]): unknown {
      // Looked up with each call, for prototypes are patched, too.
      const method = own ?? (Object.getPrototypeOf(adapter)[key] as Method);
      if (!gate.isDropping) return method.apply(this, args);
      if (key === "disconnectSockets") noteDroppedEnd(adapter, args[0] as BroadcastOptions, gate);
      if (!isQuestion(args[0])) return undefined;
      return gate.exempt(() => method.apply(this, args));
    };
    if (own === undefined) passing.add(value);
    Object.defineProperty(adapter, key, { value, configurable: true, writable: true });
    if (key === "broadcast" && own === undefined) adapter._gatedBroadcast = value;
  }
}

/**
 * Whether nobody hears of it when a socket joins a room: there is no listener, and `addAll` is that of `Adapter`
 * itself, whatever else an application has put in place of it elsewhere.
 */
export function joinsUnheard(adapter: Adapter): boolean {
  return (
    adapter._listeners === undefined &&
    Object.getPrototypeOf(adapter).addAll === ownAddAll &&
    passing.has(adapter.addAll)
  );
}

/** Who means one socket by its own room means its end; who means a room may have put that socket into it. */
function noteDroppedEnd({ nsp }: Adapter, { rooms }: BroadcastOptions, gate: Gate): void {
  const [room] = rooms;
  const session = rooms.size === 1 ? nsp._findSession(room as string) : undefined;
  if (session !== undefined) gate.noteDroppedEnd(nsp._runtime.connectionOf(session), session);
}
