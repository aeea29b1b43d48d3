/** Whether what code makes would be the same if it were made again. */
import type * as ESTree from "estree";
import type { Module } from "../../code/module.ts";
import {
  contains,
  enclosingCode,
  type FunctionNode,
  isWithin,
  parentOf,
  propertyName,
  unwrap,
} from "../../code/syntax.ts";
import { has, ofKind, type Value } from "../../code/value.ts";
import type { Evaluator } from "../../values/evaluator.ts";
import { statefulOf } from "../../values/in-memory.ts";
import { MUTATORS } from "../../walk/changes.ts";
import { holdsTimers } from "../../walk/timer-handles.ts";

/** What stands for something outside, or for code: made again it is the same. */
const SAME_AGAIN = new Set<Value["kind"]>(["outside", "package", "instance", "class", "module"]);
/** Packages whose values are another each time: of chance, of time. */
const NEVER_SAME =
  /(^|[-/:])(uuid|nanoid|ulid|cuid2?|random\S*|crypto|faker|chance|shortid|moment|dayjs|luxon|date-fns)$/;
/** The same of functions, by their names. */
const NEVER_SAME_NAME = /(shuffle|sample|random|uuid|nanoid|roll|toss|draw|deal|now$)/i;
/** Functions whose result follows from what they are given. */
const FOLLOWS = /(parse|compile|load|read|find|fetch|get|render|import|lookup|resolve|require)/i;

/** Whether making it again gives the same: a package's client, what was read or is computed of its key alone. */
export function isSameAgain(
  evaluator: Evaluator,
  module: Module,
  stored: ESTree.Node,
  key: ESTree.Node | undefined,
): boolean {
  const call = stored.type === "AwaitExpression" ? unwrap(stored.argument) : stored;
  if (call.type !== "CallExpression" && call.type !== "NewExpression") return false;
  const keyName = key?.type === "Identifier" ? key.name : undefined;
  const dependsOnEvent = contains(call, module.keys, (part) => {
    if (part.type !== "Identifier" || part.name === keyName) return false;
    const [def] = module.variableOf(part)?.defs ?? [];
    // `fetch(url).then((answer) => answer.json())`
    if (def === undefined || isWithin(def.name, call)) return false;
    const isLocal = enclosingCode(def.name).type !== "Program";
    return def.type === "Parameter" || (def.type === "Variable" && isLocal);
  });
  if (dependsOnEvent) return false;
  if (isPure(call)) return true;
  const values = evaluator.evaluate(module, call);
  const callees = evaluator.evaluate(module, call.callee);
  const words = module.source.getText(call.callee);
  if (statefulOf(callees) !== undefined || NEVER_SAME_NAME.test(words)) return false;
  if (values.some((one) => "name" in one && NEVER_SAME.test(one.name))) return false;
  // What differs from key to key may be what people have made of it.
  const isOfPackage = !has(callees, "function");
  if (key !== undefined && call.type === "NewExpression") return false;
  if (key !== undefined && isOfPackage && !FOLLOWS.test(words)) return false;
  if (key !== undefined && has(values, "instance")) return false;
  if (values.some(({ kind }) => SAME_AGAIN.has(kind)) || reads(module, call)) return true;
  const makers = ofKind(callees, "function");
  return (
    makers.length > 0 &&
    makers.every(
      (maker) => isComputed(evaluator, maker.module, maker.node, 0) && !holdsState(maker),
    )
  );
}

/** Whether what a function gives has a variable of that function to itself, which it changes: `() => { count += 1; }`. */
export function holdsState({ module, node }: Extract<Value, { kind: "function" }>): boolean {
  const scopes = module.source.scopeManager.scopes;
  const own = scopes.flatMap(({ variables }) =>
    variables.filter((variable) => variable.defs.length > 0 && module.homeOf(variable) === node),
  );
  // A timer's handle is none: the timer is told of.
  const kept = own.filter((variable) => {
    const declaration = variable.identifiers[0] as ESTree.Node;
    return !holdsTimers({ module, declaration, name: variable.name, variable });
  });
  return kept.some(({ references }) =>
    references.some((reference) => {
      const identifier = reference.identifier as ESTree.Node;
      if (enclosingCode(identifier) === node) return false;
      return reference.isWrite() || isChanged(identifier);
    }),
  );
}

/** `players.push(…)`, `scores[name] = …`, `game.turn += 1` */
function isChanged(identifier: ESTree.Node): boolean {
  let node = identifier;
  for (let up = parentOf(node); up?.type === "MemberExpression"; node = up, up = parentOf(up)) {
    if (up.object !== node) return false;
    const call = parentOf(up);
    const isCalled = call?.type === "CallExpression" && call.callee === up;
    if (isCalled && MUTATORS.has(propertyName(up) ?? "")) return true;
  }
  const up = parentOf(node);
  if (node === identifier || !up) return false;
  return (up.type === "AssignmentExpression" && up.left === node) || up.type === "UpdateExpression";
}

const PURE = /^(JSON|RegExp|Intl|TextEncoder|TextDecoder|URL)$/;

function isPure({ callee }: ESTree.SimpleCallExpression | ESTree.NewExpression): boolean {
  const name = callee.type === "MemberExpression" ? callee.object : callee;
  return name.type === "Identifier" && PURE.test(name.name);
}

function reads(module: Module, call: ESTree.Node): boolean {
  return contains(call, module.keys, (part) => {
    const isFetch =
      part.type === "CallExpression" &&
      part.callee.type === "Identifier" &&
      part.callee.name === "fetch";
    return isFetch || part.type === "ImportExpression";
  });
}

/** Calls that lead deeper than this are not followed. */
const DEEPEST = 4;
/** Names of what is another with each look. */
const MOMENTARY = /^(Date|Math|performance|crypto|process|Temporal)$/;

/** Whether a function gives what follows from its code alone: no time, no chance, nothing that changes. */
function isComputed(
  evaluator: Evaluator,
  module: Module,
  code: FunctionNode,
  depth: number,
): boolean {
  if (depth > DEEPEST) return false;
  return !contains(code.body, module.keys, (part) => {
    if (part.type === "AwaitExpression") return true;
    if (part.type === "CallExpression" && part.callee.type === "Identifier") {
      const values = evaluator.evaluate(module, part.callee);
      const makers = ofKind(values, "function");
      if (values.some(({ kind }) => kind === "package")) return true;
      return !makers.every((maker) => isComputed(evaluator, maker.module, maker.node, depth + 1));
    }
    return part.type === "Identifier" && changes(module, part);
  });
}

function changes(module: Module, identifier: ESTree.Identifier): boolean {
  const variable = module.variableOf(identifier);
  if (!variable) return MOMENTARY.test(identifier.name);
  const [def] = variable.defs;
  if (def?.type !== "Variable" || module.homeOf(variable).type !== "Program") return false;
  return variable.references.some((reference) => reference.isWrite() && !reference.init);
}
