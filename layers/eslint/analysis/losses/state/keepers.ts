/** Variables that hold a server or a socket, whose `data` may hold other variables' values. */
import type { Scope } from "eslint";
import type * as ESTree from "estree";
import { isFunction, parentOf } from "../../code/syntax.ts";
import { type Home, has } from "../../code/value.ts";
import type { Flow } from "../../walk/flow.ts";

export interface Keeper {
  readonly name: string;
  readonly kind: "server" | "socket";
  readonly variable: Scope.Variable;
  /** The body of the function whose parameter it is, or the statement that declares it. */
  readonly anchor: ESTree.BlockStatement | ESTree.VariableDeclaration;
}

/** For a client's own the sockets of connection listeners, for all else the servers. */
export function keepersFor(flow: Flow, home: Home): Keeper[] {
  if (home === "middleware") return [];
  const kind = home === "connection" ? "socket" : "server";
  const { root, evaluator } = flow;
  const keepers: Keeper[] = [];
  for (const scope of root.source.scopeManager.scopes) {
    for (const variable of scope.variables) {
      const anchor = anchorOf(variable);
      if (!anchor || !has(evaluator.variable(root, variable), kind)) continue;
      if (anchor.type === "BlockStatement" && !runsForConnection(flow, anchor, home)) continue;
      keepers.push({ name: variable.name, kind, variable, anchor });
    }
  }
  return keepers;
}

/** A listener of an event is too late to give a first value. */
function runsForConnection(flow: Flow, body: ESTree.BlockStatement, home: Home): boolean {
  const code = parentOf(body);
  if (!code || !isFunction(code)) return false;
  const kinds = [...flow.contextsOf(code)].map(({ kind }) => kind);
  return kinds.includes(home === "connection" ? "connection" : "setup");
}

function anchorOf({ defs }: Scope.Variable): Keeper["anchor"] | undefined {
  const [def] = defs;
  if (defs.length !== 1 || !def) return undefined;
  if (def.type === "Parameter") {
    const { body } = def.node as { body: ESTree.Node };
    return body?.type === "BlockStatement" ? body : undefined;
  }
  if (def.type !== "Variable") return undefined;
  const declaration = def.parent as ESTree.VariableDeclaration;
  return declaration.kind === "const" && def.node.init ? declaration : undefined;
}
