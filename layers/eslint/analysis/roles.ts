/** What is known of `io` and `socket`: their members, their types' names, their usual names. */
import type { Scope } from "eslint";
import type * as ESTree from "estree";
import type { Module } from "./module.ts";
import { roleOfType } from "./packages.ts";
import {
  contains,
  type FunctionNode,
  parentOf,
  propertyName,
  type TypeNode,
  textOf,
  unwrap,
} from "./syntax.ts";
import type { Value } from "./value.ts";

const OF_SERVER = new Set([
  ...["data", "engine", "eio", "sockets", "adapter", "schedule", "httpServer", "opts", "encoder"],
  ...["parser", "path", "connected"],
]);

/** Whether a property is one that servers and namespaces have, and that may be assigned to. */
export function isOfServer(name: string): boolean {
  return OF_SERVER.has(name);
}

export function memberOfServer(name: string): Value[] {
  switch (name) {
    case "sockets":
    case "local":
    case "volatile":
      // `io.sockets` is the main namespace, `namespace.sockets` is a map: a server with parts.
      return [{ kind: "server" }, { kind: "sockets" }];
    case "engine":
    case "eio":
      return [{ kind: "engine" }];
    case "adapter":
    case "schedule":
      return [{ kind: "kept" }, { kind: "serverPart" }];
    case "connected":
      return [{ kind: "sockets" }];
    default:
      return [{ kind: "kept" }];
  }
}

export function memberOfSocket(name: string): Value[] {
  if (name === "nsp" || name === "server") return [{ kind: "server" }];
  if (name === "broadcast" || name === "volatile" || name === "local") return [{ kind: "socket" }];
  if (name === "conn") return [{ kind: "kept" }, { kind: "connection" }];
  if (name === "client") return [{ kind: "kept" }, { kind: "client" }];
  return [{ kind: "kept" }];
}

/** Gives the values of an identifier, also of a type's name. */
export type Resolve = (identifier: ESTree.Identifier) => readonly Value[];

/** What the type that a variable is declared with says of it. */
export function roleOfDeclared(variable: Scope.Variable, resolve: Resolve): Value | undefined {
  const identifier = variable.identifiers[0] as unknown as TypeNode | undefined;
  return identifier && roleOfAnnotation(identifier, resolve);
}

/** The same for a field of a class. */
export function roleOfAnnotation(node: TypeNode, resolve: Resolve): Value | undefined {
  const annotation = node.typeAnnotation as TypeNode | undefined;
  return annotation && roleOf(annotation.typeAnnotation as TypeNode, resolve);
}

/** What a type says of the values that have it. */
export function roleOf(type: TypeNode | undefined, resolve: Resolve): Value | undefined {
  if (!type) return undefined;
  if (type.type === "TSUnionType" || type.type === "TSIntersectionType") {
    for (const part of type.types as TypeNode[]) {
      const role = roleOf(part, resolve);
      if (role) return role;
    }
    return undefined;
  }
  if (type.type === "TSTypeAliasDeclaration") {
    return roleOf(type.typeAnnotation as TypeNode, resolve);
  }
  if (type.type === "TSInterfaceDeclaration") {
    for (const { expression } of (type.extends ?? []) as { expression: TypeNode }[]) {
      const role = roleOfName(expression, resolve);
      if (role) return role;
    }
    return undefined;
  }
  return type.type === "TSTypeReference"
    ? roleOfName(type.typeName as TypeNode, resolve)
    : undefined;
}

/** The same for a type's name. */
export function roleOfName(name: TypeNode, resolve: Resolve): Value | undefined {
  const isQualified = name.type === "TSQualifiedName";
  const identifier = isQualified ? (name.left as TypeNode) : name;
  if (identifier.type !== "Identifier") return undefined;
  for (const value of resolve(identifier as unknown as ESTree.Identifier)) {
    if (value.kind === "server" || value.kind === "socket") return value;
    // A class of the project: whoever injects it, it is one of these.
    if (value.kind === "class") return { ...value, kind: "instance" };
    if (value.kind !== "package") continue;
    const path = isQualified ? [(name.right as ESTree.Identifier).name] : value.path;
    const role = roleOfType({ ...value, path });
    if (role) return role;
  }
  return undefined;
}

const SERVER_NAMES = /^(io|_io|ioServer|nsp|namespace)$/;
const SERVER_MEMBERS = new Set(["on", "of", "in", "to", "use", "emit", "sockets", "fetchSockets"]);
/** What clients' sockets do not have. */
const SOCKET_MEMBERS = new Set([
  "join",
  "leave",
  "to",
  "in",
  "broadcast",
  "handshake",
  "data",
  "rooms",
  "nsp",
]);

/**
 * The parameters of a function that nobody in sight calls, by the names that everybody uses:
 * `(io, socket) => { socket.on(…) }`. A name alone is not enough, it must be used like one.
 */
export function rolesByName(module: Module, node: FunctionNode): Map<ESTree.Pattern, Value> {
  const roles = new Map<ESTree.Pattern, Value>();
  for (const parameter of node.params) {
    if (parameter.type !== "Identifier" || !SERVER_NAMES.test(parameter.name)) continue;
    const isServer = isUsed(module, parameter, (name, call) => {
      if (!SERVER_MEMBERS.has(name)) return false;
      if (parameter.name === "io") return true;
      return name === "on" && /^connect(ion)?$/.test(textOf(call?.arguments[0]) ?? "");
    });
    if (isServer) roles.set(parameter, { kind: "server" });
  }
  for (const parameter of node.params) {
    if (parameter.type !== "Identifier" || roles.has(parameter)) continue;
    const hasServer = roles.size > 0;
    const isSocket =
      parameter.name === "socket"
        ? hasServer || isUsed(module, parameter, (name) => SOCKET_MEMBERS.has(name))
        : hasServer && CLIENT_NAMES.test(parameter.name) && isUsed(module, parameter, isListening);
    if (isSocket) roles.set(parameter, { kind: "socket" });
  }
  return roles;
}

/** What sockets are called, too, where there is an `io` beside them. */
const CLIENT_NAMES = /^(client|player|user|conn|connection|sock|s|peer)$/;

/** `client.on("join", (name) => …)` */
function isListening(name: string, call: ESTree.SimpleCallExpression | undefined): boolean {
  const [event, listener] = call?.arguments ?? [];
  return name === "on" && textOf(event) !== undefined && listener !== undefined;
}

type Use = (member: string, call: ESTree.SimpleCallExpression | undefined) => boolean;

function isUsed(module: Module, parameter: ESTree.Identifier, isWanted: Use): boolean {
  const variable = module.variableOf(parameter);
  const uses = variable?.references ?? [];
  return uses.some(({ identifier }) => {
    const member = (identifier as { parent?: ESTree.Node }).parent;
    if (member?.type !== "MemberExpression" || member.object !== identifier) return false;
    const up = (member as { parent?: ESTree.Node }).parent;
    const call = up?.type === "CallExpression" && up.callee === member ? up : undefined;
    const name = propertyName(member);
    return name !== undefined && isWanted(name, call);
  });
}

/** Whether a condition asks for `socket.restored`. */
export function asksRestored(module: Module, test: ESTree.Node): boolean {
  return contains(test, module.keys, (node) => {
    if (node.type === "MemberExpression")
      return propertyName(unwrap(node) as ESTree.MemberExpression) === "restored";
    return node.type === "Identifier" && node.name === "restored";
  });
}

/** Whether a place runs, in its function, only where `socket.restored` was asked for. */
export function isGuarded(module: Module, place: ESTree.Node): boolean {
  let node = place;
  for (let up = parentOf(node); up && up.type !== "Program"; node = up, up = parentOf(up)) {
    if (up.type === "IfStatement" || up.type === "ConditionalExpression") {
      if (asksRestored(module, up.test)) return true;
    } else if (up.type === "LogicalExpression") {
      if (asksRestored(module, up.left)) return true;
    } else if (up.type === "BlockStatement") {
      const earlier = up.body.slice(0, up.body.indexOf(node as ESTree.Statement));
      if (earlier.some((statement) => leavesIfRestored(module, statement))) return true;
    }
  }
  return false;
}

/** `if (socket.restored) return;`. */
export function leavesIfRestored(module: Module, statement: ESTree.Node): boolean {
  if (statement.type !== "IfStatement" || !asksRestored(module, statement.test)) return false;
  return contains(statement.consequent, module.keys, ({ type }) =>
    ["ReturnStatement", "ThrowStatement"].includes(type),
  );
}
