/** Classes of the project that extend the language's collections: what is in their instances is state, as fields are. */
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import { type ClassNode, propertyName, unwrap } from "../code/syntax.ts";
import { type Evaluates, ofKind, type Place } from "../code/value.ts";

const BUILT_IN = /^(Map|Set|WeakMap|WeakSet|\w*Array)$/;
const MAKES = /^(from|of)$/;
/** Classes that extend each other in circles are followed no further. */
const DEEPEST = 8;

/** Who says what is what, and keeps places. */
interface ClassesEvaluator extends Evaluates {
  place(declaration: ESTree.Node, place: Place): Place;
}

/** Whether a class extends one of the language's collections, itself or by its parents. */
export function isCollectionClass(
  evaluator: Evaluates,
  module: Module,
  { superClass }: ClassNode,
  depth = 0,
): boolean {
  if (!superClass || depth > DEEPEST) return false;
  const parent = unwrap(superClass);
  if (parent.type === "Identifier" && !module.variableOf(parent)) return BUILT_IN.test(parent.name);
  return ofKind(evaluator.evaluate(module, parent), "class").some((owner) =>
    isCollectionClass(evaluator, owner.module, owner.node, depth + 1),
  );
}

/** `Deck.from(cards)`, `Deck.of("ace")` of `class Deck extends Array`. */
export function makesCollection(callee: ESTree.MemberExpression): boolean {
  return MAKES.test(propertyName(callee) ?? "");
}

/** What the instances that an expression stands for hold, `super` included: of each class one place. */
export function contentsOf(
  evaluator: ClassesEvaluator,
  module: Module,
  holder: ESTree.Node,
): Place[] {
  const around = holder.type === "Super" ? module.classOfThis(holder) : undefined;
  const owners = around
    ? [{ module, node: around }]
    : ofKind(evaluator.evaluate(module, holder), "instance");
  return owners
    .filter((owner) => isCollectionClass(evaluator, owner.module, owner.node))
    .map(({ module: home, node }) => {
      const name = node.id?.name ?? "a class";
      const place = { module: home, declaration: node, name, owner: node, isContents: true };
      return evaluator.place(node, place);
    });
}
