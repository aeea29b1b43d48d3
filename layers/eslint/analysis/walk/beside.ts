/** Code that runs beside sockets in the same server: for requests, for what brokers and devices tell. */
import type * as ESTree from "estree";
import { isApplication, isOurs } from "../code/packages.ts";
import { enclosingCode } from "../code/syntax.ts";
import { ofKind, type Place, type Value } from "../code/value.ts";
import type { Contexts } from "./walker.ts";

const ROUTES = /^(get|post|put|patch|delete|all|route|ws)$/;
const ROUTERS = /^(koa-router|@koa\/router|express-promise-router|itty-router|find-my-way|router)$/;
const SUBSCRIBES = /^(on|addListener|p?subscribe|pSubscribe|sSubscribe|consume|each)$/;
/** What is told again when it begins anew, and the end of it. */
const OF_ITSELF =
  /^(open|ready|connect|connected|online|listening|load|error|close|end|exit|disconnect|offline|reconnect(ing)?|drain|warning|SIG\w+|uncaught\w+|unhandled\w+)$/;

/** By whom a package's object has called what a method is given; undefined if at once, or by nobody. */
export function calledBeside(
  receivers: readonly Value[],
  method: string,
  event: string | undefined,
): string | undefined {
  const others = ofKind(receivers, "outside").filter(
    ({ name }) => name !== "setup" && !isOurs(name),
  );
  const isRouted = others.some((value) => isApplication(value) || ROUTERS.test(value.name));
  if (isRouted && ROUTES.test(method)) return `the route of "${event ?? "a path"}"`;
  if (others.length === 0 || !SUBSCRIBES.test(method)) return undefined;
  if (event === undefined || OF_ITSELF.test(event)) return undefined;
  return `the listener of "${event}"`;
}

/** Whether code of sockets reads a variable, which then wants to know what others have put there. */
export function isReadBySockets(flow: Contexts, { variable, hangsOn }: Place): boolean {
  if (!variable || hangsOn !== undefined) return false;
  return variable.references.some((reference) => {
    if (!reference.isRead()) return false;
    const code = enclosingCode(reference.identifier as ESTree.Node);
    return [...flow.contextsOf(code)].some(({ kind }) =>
      ["connection", "listener", "middleware"].includes(kind),
    );
  });
}
