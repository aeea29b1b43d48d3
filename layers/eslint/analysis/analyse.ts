/** The analysis of a file, once for all rules that ask. */
import { dirname, relative } from "node:path";
import type { Rule, SourceCode } from "eslint";
import type * as ESTree from "estree";
import type { Module } from "./code/module.ts";
import { mentionsServer } from "./code/packages.ts";
import { Project } from "./code/project.ts";
import type { Finding, RuleName } from "./losses/finding.ts";
import { findingsOf } from "./losses/findings.ts";
import { Flow } from "./walk/flow.ts";

const projects = new Map<string, Project>();
const analysed = new WeakMap<SourceCode, Finding[]>();
const elsewhere = new WeakMap<Module, Finding[]>();

/** A finding where the file that is being linted shows it. */
export interface Report {
  readonly node: ESTree.Node;
  readonly finding: Finding;
  /** ` (in ../games/chess.js, line 7)` if the fault itself is in another file. */
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
    const file = relative(dirname(context.filename), module.path).replaceAll("\\", "/");
    return [{ node: entry, finding, where: ` (in ${file}, line ${module.lineOf(node)})` }];
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
  const findings = mayServe(root) ? nearest(project, root) : [];
  analysed.set(context.sourceCode, findings);
  return findings;
}

/** The file's own findings, and those of others that no file on the way there has. */
function nearest(project: Project, root: Module): Finding[] {
  const flow = new Flow(project, root);
  const found = findingsOf(flow);
  if (found.every(({ module }) => module === root)) return found;
  // Of two that import each other each has what the other has.
  const between = [...flow.modules].filter(
    (module) => module !== root && !leadsTo(project, module, root),
  );
  return found.filter((finding) => {
    if (finding.module === root) return true;
    const others = new Set([finding.module, ...(finding.isChangedHere ? [] : between)]);
    return ![...others].some((module) => isFoundBy(project, module, finding));
  });
}

/** Whether a module imports another one, itself or by others. */
function leadsTo(project: Project, from: Module, to: Module): boolean {
  const seen = new Set([from.path]);
  for (const path of seen) for (const file of project.importsOf(path)) seen.add(file);
  return seen.has(to.path);
}

/** Relative ones, and the usual aliases of them. */
const OWN_IMPORT = /^(\.|#|[@~]\/|src\/)/;

/** Whether a module is worth looking at; most of what machines have written is not. */
function mayServe(module: Module): boolean {
  if (mentionsServer(module.source.text)) return true;
  return module.imports.some((name) => OWN_IMPORT.test(name));
}

/** Whether linting another file finds it: once is enough. */
function isFoundBy(
  project: Project,
  module: Module,
  { rule, node, module: home }: Finding,
): boolean {
  if (!mayServe(module)) return false;
  let there = elsewhere.get(module);
  if (!there) {
    there = findingsOf(new Flow(project, module));
    elsewhere.set(module, there);
  }
  return there.some((other) => {
    const isShown = other.module === module || other.entry !== undefined;
    return isShown && other.module === home && other.rule === rule && other.node === node;
  });
}
