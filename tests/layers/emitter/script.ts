/** What tests ask of emitters. */
/** A method and its arguments. */
export type Step = [method: string, ...args: unknown[]];

/** What is asked of an emitter. */
export interface Script {
  /** Of the object; of the binding. */
  name: string;
  binding?: "CHAT" | "PARTY" | "RECOVERING";
  /** Each a chain of calls, begun in one turn. */
  chains: Step[][];
  /** Whether the calls' promises are awaited, or `flush()`, or nothing. */
  until: "awaited" | "flushed" | "nothing";
  /** What becomes of the first message: the object is reset under it, or it throws an error of such properties. */
  failure?: "reset" | Record<string, boolean>;
  /** Whether the first message is performed before it fails. */
  isPerformed?: boolean;
  /** With the emitter of an earlier request. */
  kept?: boolean;
}
