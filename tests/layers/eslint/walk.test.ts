// How often the check walks through code: what nobody in sight calls is no reason to walk all that it calls once more.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Linter, type Rule } from "eslint";
import type * as ESTree from "estree";
import { Project } from "../../../layers/eslint/analysis/code/project.ts";
import type { FunctionNode } from "../../../layers/eslint/analysis/code/syntax.ts";
import { Flow } from "../../../layers/eslint/analysis/walk/flow.ts";

/** How many contexts the code of a module's function has been walked in. */
function walksOf(code: string, name: string): number {
  const walks: number[] = [];
  const create = (context: Rule.RuleContext): Rule.RuleListener => ({
    "Program:exit"(program: ESTree.Program) {
      const project = new Project(context.cwd);
      const flow = new Flow(project, project.open(context));
      const isWanted = (node: ESTree.Node): node is ESTree.FunctionDeclaration =>
        node.type === "FunctionDeclaration" && node.id.name === name;
      const [wanted] = program.body.filter(isWanted);
      assert.ok(wanted);
      walks.push(flow.contextsOf(wanted as FunctionNode).size);
    },
  });
  const probe = { rules: { probe: { create } } };
  const messages = new Linter().verify(code, { plugins: { probe }, rules: { "probe/probe": 2 } });
  assert.deepEqual(messages, []);
  return walks[0] ?? 0;
}

test("functions that nobody calls share one walk of what they call", () => {
  const callers = Array.from({ length: 5 }, (_, at) => `export function call${at}() { shared(); }`);
  assert.equal(walksOf(`function shared() {}\n${callers.join("\n")}`, "shared"), 1);
});

test("so do constructors that nobody calls", () => {
  const makers = Array.from(
    { length: 5 },
    (_, at) => `export class Made${at} { constructor() { shared(); } }`,
  );
  assert.equal(walksOf(`function shared() {}\n${makers.join("\n")}`, "shared"), 1);
});
