/** What a rule reports. */
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import type { Place } from "../code/value.ts";
import type { Flow } from "../walk/flow.ts";
import type { Keeper } from "./state/keepers.ts";

/** The rules of the plugin. */
export type RuleName =
  | "no-state-in-variables"
  | "no-sockets-in-collections"
  | "no-late-listeners"
  | "read-whole"
  | "no-state-in-middlewares"
  | "no-timers"
  | "no-once-connection"
  | "ask-restored"
  | "no-limits-in-memory"
  | "no-held-data"
  | "no-outside-listeners"
  | "no-remade-values"
  | "no-unkept-values";

/** One fault, for one rule. */
export interface Finding {
  readonly rule: RuleName;
  readonly messageId: string;
  readonly data: Record<string, string>;
  readonly module: Module;
  readonly node: ESTree.Node;
  /** Where the module in question leads to another one in which the fault is. */
  readonly entry: ESTree.Node | undefined;
  /** Of state in another module: whether code of the module in question changes it itself. */
  readonly isChangedHere?: boolean;
  /** Of state: where it is held. */
  readonly place?: Place;
  /** What could hold it instead. */
  readonly keepers?: readonly Keeper[];
  /** Of state: what the code around it does. */
  readonly flow?: Flow;
}
