/** Texts that code names instead of writing them down: `EVENTS.JOIN`, `const CONNECTION = "connection"`. */
import type * as ESTree from "estree";
import { initialValues } from "../code/initial-values.ts";
import type { Module } from "../code/module.ts";
import { propertyName, type TypeNode, textOf, unwrap } from "../code/syntax.ts";
import { ofKind } from "../code/value.ts";
import type { Evaluator } from "./evaluator.ts";

/** Names of names of names are followed no further. */
const DEEPEST = 4;

/** The text that an expression stands for; undefined if there is none, or there are several. */
export function textBehind(
  evaluator: Evaluator,
  module: Module,
  expression: ESTree.Node | undefined,
  depth = 0,
): string | undefined {
  const written = textOf(expression);
  if (!expression || written !== undefined || depth > DEEPEST) return written;
  const node = unwrap(expression);
  if (node.type === "Identifier") {
    for (const { place } of ofKind(evaluator.evaluate(module, node), "state")) {
      const values = place.variable ? initialValues(place) : [];
      if (values.length === 1) return textBehind(evaluator, place.module, values[0], depth + 1);
    }
    return undefined;
  }
  if (node.type !== "MemberExpression") return undefined;
  const name = propertyName(node);
  const holders = evaluator.evaluate(module, node.object);
  for (const { module: home, node: object } of ofKind(holders, "object")) {
    for (const property of object.properties) {
      if (property.type !== "Property" || propertyName(property) !== name) continue;
      return textBehind(evaluator, home, property.value, depth + 1);
    }
  }
  for (const { node: declaration } of ofKind(holders, "enum")) {
    const text = memberOfEnum(declaration, name);
    if (text !== undefined) return text;
  }
  return undefined;
}

function memberOfEnum(declaration: TypeNode, name: string | undefined): string | undefined {
  const body = declaration.body as { members?: TypeNode[] } | undefined;
  const members = body?.members ?? (declaration.members as TypeNode[] | undefined) ?? [];
  const member = members.find(({ id }) => {
    const key = id as ESTree.Node;
    return (key.type === "Identifier" ? key.name : textOf(key)) === name;
  });
  return textOf(member?.initializer as ESTree.Node | undefined);
}
