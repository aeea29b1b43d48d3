/** Rewrites variables that would be lost to what is kept: `io.data.count`, `socket.data.name`. */
import type { Rule, Scope } from "eslint";
import type * as ESTree from "estree";
import type { Finding, Keeper } from "./analysis/findings.ts";
import type { Module } from "./analysis/module.ts";
import { contains, isClass, isFunction, parentOf, unwrap } from "./analysis/syntax.ts";

/** A variable that can be moved, with everything that has to be rewritten. */
interface Move {
  readonly module: Module;
  readonly declaration: ESTree.VariableDeclaration;
  readonly init: ESTree.Expression | null | undefined;
  readonly uses: readonly ESTree.Identifier[];
  readonly keeper: Keeper;
  /** `io.data.count` */
  readonly kept: string;
}

/** One for a simple variable whose uses all see the server or the socket; none for others. */
export function suggestionsFor(finding: Finding): Rule.SuggestionReportDescriptor[] {
  for (const keeper of finding.keepers ?? []) {
    const move = planMove(finding, keeper);
    if (!move) continue;
    const fix = (fixer: Rule.RuleFixer) => rewrite(fixer, move);
    return [{ messageId: "keepIt", data: { kept: move.kept }, fix }];
  }
  return [];
}

function planMove({ place, module }: Finding, keeper: Keeper): Move | undefined {
  const variable = place?.variable;
  const [def, ...others] = variable?.defs ?? [];
  if (!variable || def?.type !== "Variable" || others.length > 0) return undefined;
  const { id, init } = def.node;
  const declaration = def.parent as ESTree.VariableDeclaration;
  const isAlone = declaration.declarations.length === 1 && id.type === "Identifier";
  if (!isAlone || !isStatement(declaration) || module.isExported(variable)) return undefined;
  if (init && !isPlain(module, init)) return undefined;
  const references = variable.references.filter((reference) => !reference.init);
  if (!references.every((reference) => canRewrite(reference, keeper))) return undefined;
  const uses = references.map(({ identifier }) => identifier as ESTree.Identifier);
  const kept = `${keeper.name}.data.${variable.name}`;
  return { module, declaration, init, uses, keeper, kept };
}

function isStatement(declaration: ESTree.Node): boolean {
  const up = parentOf(declaration);
  return up?.type === "Program" || up?.type === "BlockStatement";
}

/** Whether a first value can be copied, and written somewhere else. */
function isPlain(module: Module, init: ESTree.Node): boolean {
  return !contains(init, module.keys, (node) => {
    if (isFunction(node) || isClass(node)) return true;
    if (node.type === "NewExpression") {
      const { callee } = node;
      return callee.type !== "Identifier" || !/^(Map|Set|Date|Array)$/.test(callee.name);
    }
    if (node.type === "CallExpression") return !isArrayOf(node);
    return ["AwaitExpression", "ThisExpression", "YieldExpression"].includes(node.type);
  });
}

/** `Array(9)`, `Array(9).fill(null)`, `new Array(9).fill(0)`. */
function isArrayOf({ callee }: ESTree.SimpleCallExpression): boolean {
  if (callee.type === "Identifier") return callee.name === "Array";
  if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return false;
  if (callee.property.name !== "fill") return false;
  const array = unwrap(callee.object);
  const isCall = array.type === "CallExpression" || array.type === "NewExpression";
  return isCall && array.callee.type === "Identifier" && array.callee.name === "Array";
}

function canRewrite(reference: Scope.Reference, keeper: Keeper): boolean {
  const { identifier, from } = reference;
  if (identifier.type !== "Identifier" || isType(reference)) return false;
  // `{ count } = …` has no room for another name.
  const up = parentOf(identifier as ESTree.Identifier);
  const isPattern = up?.type === "Property" && parentOf(up)?.type === "ObjectPattern";
  return !isPattern && visible(from, keeper.name) === keeper.variable;
}

/** `typeof count` as a type. */
function isType(reference: Scope.Reference): boolean {
  return (reference as { isTypeReference?: boolean }).isTypeReference === true;
}

function visible(from: Scope.Scope, name: string): Scope.Variable | undefined {
  for (let scope: Scope.Scope | null = from; scope; scope = scope.upper) {
    const variable = scope.set.get(name);
    if (variable) return variable;
  }
  return undefined;
}

function rewrite(fixer: Rule.RuleFixer, move: Move): Rule.Fix[] {
  const { module, declaration, init, uses, keeper, kept } = move;
  const fixes = uses.map((use) => {
    const up = parentOf(use);
    const isShort = up?.type === "Property" && up.shorthand;
    return fixer.replaceText(use, isShort ? `${use.name}: ${kept}` : kept);
  });
  const first = init ? `${kept} ??= ${module.source.getText(init)};` : "";
  if (keeper.isBefore(declaration)) fixes.push(fixer.replaceText(declaration, first));
  else fixes.push(removeLine(fixer, module, declaration), ...insert(fixer, module, keeper, first));
  return fixes;
}

function insert(fixer: Rule.RuleFixer, module: Module, keeper: Keeper, text: string): Rule.Fix[] {
  if (text === "") return [];
  const { anchor } = keeper;
  if (anchor.type !== "BlockStatement") {
    return [fixer.insertTextAfter(anchor, `\n${indentOf(module, anchor)}${text}`)];
  }
  const [start] = anchor.range as [number, number];
  const next = anchor.body[0];
  const space = next ? indentOf(module, next) : "  ";
  return [fixer.insertTextAfterRange([start, start + 1], `\n${space}${text}`)];
}

function indentOf(module: Module, node: ESTree.Node): string {
  const line = module.source.lines[module.lineOf(node) - 1] ?? "";
  return /^\s*/.exec(line)?.[0] ?? "";
}

/** A statement with the end of its line, if nothing else is on it. */
function removeLine(fixer: Rule.RuleFixer, module: Module, node: ESTree.Node): Rule.Fix {
  const [start, end] = node.range as [number, number];
  const rest = /^[ \t]*\r?\n/.exec(module.source.text.slice(end))?.[0] ?? "";
  return fixer.removeRange([start, end + rest.length]);
}
