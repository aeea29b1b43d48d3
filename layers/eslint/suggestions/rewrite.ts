/** The edits of a move: the declaration goes, every use says where the value is kept. */
import type { Rule } from "eslint";
import type * as ESTree from "estree";
import type { Module } from "../analysis/code/module.ts";
import { parentOf } from "../analysis/code/syntax.ts";
import type { Move } from "./plan.ts";
import { wantsType } from "./types.ts";

export function rewrite(fixer: Rule.RuleFixer, move: Move): Rule.Fix[] {
  const { module, declaration, declarator, init, kept, way } = move;
  const fixes = move.uses.map((use) => fixer.replaceText(use, textFor(move, use)));
  const first = init ? `${kept} ??= ${module.source.getText(init)};` : "";
  if (declaration.declarations.length > 1) {
    const rest = takeOut(fixer, module, declaration, declarator);
    const before = `${first}\n${indentOf(module, declaration)}`;
    const isHere = way === "here" && first !== "";
    if (isHere) return [...fixes, ...rest, fixer.insertTextBefore(declaration, before)];
    return [...fixes, ...rest, ...insert(fixer, move, first)];
  }
  if (way === "here" && first !== "") {
    return [...fixes, fixer.replaceText(declaration, first)];
  }
  return [...fixes, removeLine(fixer, module, declaration), ...insert(fixer, move, first)];
}

function textFor({ module, kept, type }: Move, use: ESTree.Identifier): string {
  const up = parentOf(use);
  if (up?.type === "Property" && up.shorthand) return `${use.name}: ${kept}`;
  return wantsType(module, use) ? `(${kept} as ${type})` : kept;
}

function insert(fixer: Rule.RuleFixer, { module, keeper, way }: Move, text: string): Rule.Fix[] {
  if (text === "" || way === "here") return [];
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

/** A statement with its whole line, if nothing else is on it. */
function removeLine(fixer: Rule.RuleFixer, module: Module, node: ESTree.Node): Rule.Fix {
  const { text } = module.source;
  const [start, end] = node.range as [number, number];
  const before = /(?:^|\n)([ \t]*)$/.exec(text.slice(0, start))?.[1]?.length;
  const behind = /^[ \t]*\r?\n/.exec(text.slice(end))?.[0].length;
  if (before === undefined || behind === undefined) return fixer.removeRange([start, end]);
  return fixer.removeRange([start - before, end + behind]);
}

/** One of several variables of a declaration, with its comma: what is said between them stays. */
function takeOut(
  fixer: Rule.RuleFixer,
  { source }: Module,
  { declarations }: ESTree.VariableDeclaration,
  declarator: ESTree.VariableDeclarator,
): Rule.Fix[] {
  const at = declarations.indexOf(declarator);
  const [start, end] = declarator.range as [number, number];
  const [before, next] = [declarations[at - 1], declarations[at + 1]];
  if (!before) return [fixer.removeRange([start, next?.range?.[0] ?? end])];
  if (!source.commentsExistBetween(before, declarator)) {
    return [fixer.removeRange([before.range?.[1] ?? start, end])];
  }
  const comma = source.getTokenBefore(declarator);
  return [...(comma ? [fixer.remove(comma)] : []), fixer.removeRange([start, end])];
}
