/** The goals that a newcomer asks for first, each with the least that its platform allows in the same run. */
import type { BudgetId } from "./budgets.ts";

export interface Goal {
  /** What costs what. */
  readonly what: string;
  /** The budget whose aim it is. */
  readonly budget: BudgetId;
  /** The target that is the least: it does what nobody can leave out who does the same. Or what is known of that. */
  readonly least: { readonly target: string } | { readonly text: string };
  /** Why it is missed where it is. */
  readonly why: string;
}

const CORE = { target: "raw-core" };
const CLIENTS = { target: "raw-clients" };
const RESTORED = { target: "raw-restored" };
const WS = { target: "raw-node" };
const UNKNOWN = { text: "" };

export const GOALS: readonly Goal[] = [
  {
    what: "echo of 60 B, CPU, over a raw object",
    budget: "echo-60 dormouse-workerd",
    least: CORE,
    why: "JSON, listener and core take the most of it",
  },
  {
    what: "echo of 1 KB, the same",
    budget: "echo-1k dormouse-workerd",
    least: CORE,
    why: "nearly all of it is JSON",
  },
  {
    what: "acknowledgement of 60 B, the same",
    budget: "ack-60 dormouse-workerd",
    least: CORE,
    why: "as for an echo",
  },
  {
    what: "broadcast to 500, CPU of a delivery, over a raw object",
    budget: "broadcast-500 dormouse-workerd",
    least: CLIENTS,
    why: "memory of 500 connections is cold; within the noise",
  },
  {
    what: "connect, CPU, over a raw object that exchanges the frames",
    budget: "connect dormouse-workerd",
    least: CLIENTS,
    why: "a client is kept for a sleep, and the core is cold each time",
  },
  {
    what: "memory of an idle client, over the same",
    budget: "memory dormouse-workerd",
    least: CLIENTS,
    why: "V8's compilers: 150 functions of no use cost 1.05; one client more costs 1.01",
  },
  {
    what: "heartbeat of 5,000 idle clients, CPU, over a raw loop",
    budget: "heartbeat-5000 heartbeat-workerd",
    least: UNKNOWN,
    why: "everybody is restored for it",
  },
  {
    what: "first event after a sleep of 1,000, more than a raw object's",
    budget: "wake-1000 dormouse-workerd",
    least: RESTORED,
    why: "gate, core, `setup` and one client's state are made anew",
  },
  {
    what: "the same, all 1,000 awake before",
    budget: "wake-1000-busy dormouse-workerd",
    least: { text: "as above" },
    why: "the same, and 1,000 sockets of before are made stale",
  },
  {
    what: "the same, broadcast to all 1,000",
    budget: "wake-1000-all dormouse-workerd",
    least: UNKNOWN,
    why: "everybody is restored for it",
  },
  {
    what: "first answer of a new object, more than a raw one's with an alarm",
    budget: "start objects-workerd",
    least: UNKNOWN,
    why: "what is stored delays what is sent",
  },
  {
    what: "upload of the chat demo, gzip",
    budget: "upload-gzip",
    least: { text: "22.9 KiB for a chat that forgets" },
    why: "what survives a sleep is what is left; see its ladder",
  },
  {
    what: "decoding of 60 B, over npm's parsers",
    budget: "decode-60 dormouse-codec",
    least: { target: "json-parse" },
    why: "`JSON.parse` takes the most of it",
  },
  {
    what: "Node: echo of 60 B, over `socket.io`",
    budget: "echo-60 dormouse-node",
    least: WS,
    why: "most of it is the system's `write`",
  },
  {
    what: "Node: broadcast to 500, the same",
    budget: "broadcast-500 dormouse-node",
    least: WS,
    why: "the system's `write`, as for an echo",
  },
  {
    what: "Node: connect, the same",
    budget: "connect dormouse-node",
    least: WS,
    why: "two thirds are `ws` and Node",
  },
  {
    what: "Node: memory of an idle client, the same",
    budget: "memory dormouse-node",
    least: WS,
    why: "what a connect leaves to be collected",
  },
];
