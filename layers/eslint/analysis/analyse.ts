/** The analysis of a file, once for all rules that ask. */
import type { Rule, SourceCode } from "eslint";
import type * as ESTree from "estree";
import type { Finding, RuleName } from "./finding.ts";
import { findingsOf } from "./findings.ts";
import { Flow } from "./flow.ts";
import type { Module } from "./module.ts";
import { mentionsServer } from "./packages.ts";
import { Project } from "./project.ts";

const projects = new Map<string, Project>();
const analysed = new WeakMap<SourceCode, Finding[]>();
const elsewhere = new WeakMap<Module, Finding[]>();

/** A finding where the file that is being linted shows it. */
export interface Report {
  readonly node: ESTree.Node;
  readonly finding: Finding;
  /** ` (in game.js, line 7)` if the fault itself is in another file. */
  readonly where: string;
}

/** What one rule has to say of the file. */
export function reportsFor(context: Rule.RuleContext, rule: RuleName): Report[] {
  const findings = analysed.get(context.sourceCode) ?? analyse(context);
  return findings.flatMap((finding) => {
    if (finding.rule !== rule) return [];
    const { module, node, entry } = finding;
    if (module.source === context.sourceCode) return [{ node, finding, where: "" }];
    if (!entry) return [];
    return [{ node: entry, finding, where: ` (in ${module.name}, line ${module.lineOf(node)})` }];
  });
}

/** The project's modules that files import, once ESLint has looked at them. */
export function importsOf(folder: string, files: readonly string[]): string[] {
  const project = projects.get(folder);
  return [...new Set(files.flatMap((file) => project?.importsOf(file) ?? []))];
}

function analyse(context: Rule.RuleContext): Finding[] {
  const project = projects.get(context.cwd) ?? new Project(context.cwd);
  projects.set(context.cwd, project);
  const root = project.open(context);
  const findings = !mayServe(root)
    ? []
    : findingsOf(new Flow(project, root)).filter(
        (finding) => finding.module === root || !isFoundThere(project, finding),
      );
  analysed.set(context.sourceCode, findings);
  return findings;
}

/** Relative ones, and the usual aliases of them. */
const OWN_IMPORT = /^(\.|#|[@~]\/|src\/)/;

/** Whether a module is worth looking at; most of what machines have written is not. */
function mayServe(module: Module): boolean {
  if (mentionsServer(module.source.text)) return true;
  return module.imports.some((name) => OWN_IMPORT.test(name));
}

/** Whether linting the other file itself finds it: once is enough. */
function isFoundThere(project: Project, { module, rule, node }: Finding): boolean {
  if (!mayServe(module)) return false;
  let there = elsewhere.get(module);
  if (!there) {
    there = findingsOf(new Flow(project, module));
    elsewhere.set(module, there);
  }
  return there.some(
    (other) => other.module === module && other.rule === rule && other.node === node,
  );
}
