/** What is known of `io` and `socket`: their members, their types' names, their usual names. */
import type { Scope } from "eslint";
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import { roleOfType } from "../code/packages.ts";
import {
  contains,
  type FunctionNode,
  isFunction,
  parentOf,
  propertyName,
  type TypeNode,
  textOf,
  unwrap,
} from "../code/syntax.ts";
import type { Resolve, Value } from "../code/value.ts";

const OF_SERVER = new Set([
  ...["data", "engine", "eio", "sockets", "adapter", "schedule", "httpServer", "opts", "encoder"],
  ...["parser", "path", "connected"],
]);
/** Of the engine, and of adapters. */
const OF_PARTS = new Set([
  ...["generateId", "opts", "clients", "clientsCount", "ws", "transports"],
  ...["rooms", "sids", "nsp", "encoder"],
]);

/** Whether a property is one that the engine and adapters have, and that may be assigned to. */
export function isOfServerPart(name: string): boolean {
  return OF_PARTS.has(name);
}

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
  if (name === "adapter") return [{ kind: "kept" }, { kind: "serverPart" }];
  if (name === "conn") return [{ kind: "kept" }, { kind: "connection" }];
  if (name === "client") return [{ kind: "kept" }, { kind: "client" }];
  return [{ kind: "kept" }];
}

type ShapeValue = Extract<Value, { kind: "shape" }>;

/** Types that extend each other in circles are followed no further. */
const DEEPEST = 8;

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
  switch (type.type) {
    case "TSUnionType":
    case "TSIntersectionType":
    case "TSInterfaceDeclaration":
      return partsOf(type, resolve).find(({ kind }) => kind !== "shape") ?? shapeOf(type, resolve);
    case "TSTypeAliasDeclaration":
      return roleOf(type.typeAnnotation as TypeNode, resolve);
    case "TSTypeLiteral":
      return shapeOf(type, resolve);
    case "TSTypeReference":
      return roleOfName(type.typeName as TypeNode, resolve);
    default:
      return undefined;
  }
}

function shapeOf(node: TypeNode, resolve: Resolve): Value {
  return { kind: "shape", node, resolve };
}

/** What the types say that a type is put together of: `A & B`, `interface A extends B`. */
function partsOf(type: TypeNode, resolve: Resolve): Value[] {
  const parts = (type.types ?? []) as TypeNode[];
  const parents = (type.extends ?? []) as { expression: TypeNode }[];
  const roles = [
    ...parts.map((part) => roleOf(part, resolve)),
    ...parents.map(({ expression }) => roleOfName(expression, resolve)),
  ];
  return roles.filter((role) => role !== undefined);
}

/** What a type says of a property. */
export function memberOfShape(shape: ShapeValue, name: string, depth = 0): Value[] {
  const { node, resolve } = shape;
  const member = propertiesOf(node).find((property) => propertyName(property) === name);
  if (member) {
    const role = roleOfAnnotation(member, resolve);
    return role ? [role] : [];
  }
  if (depth > DEEPEST) return [];
  return partsOf(node, resolve).flatMap((part) =>
    part.kind === "shape" ? memberOfShape(part, name, depth + 1) : [],
  );
}

/** What a type says of its properties, one with the other. */
export function membersOfShape({ node, resolve }: ShapeValue): Value[] {
  const roles = propertiesOf(node).map((property) => roleOfAnnotation(property, resolve));
  return roles.filter((role) => role !== undefined);
}

function propertiesOf({ body, members }: TypeNode): TypeNode[] {
  const found = (body as { body?: TypeNode[] } | undefined)?.body ?? members ?? [];
  return (found as TypeNode[]).filter(({ type }) => type === "TSPropertySignature");
}

/** The same for a type's name. */
export function roleOfName(name: TypeNode, resolve: Resolve): Value | undefined {
  const isQualified = name.type === "TSQualifiedName";
  const identifier = isQualified ? (name.left as TypeNode) : name;
  if (identifier.type !== "Identifier") return undefined;
  for (const value of resolve(identifier as unknown as ESTree.Identifier)) {
    if (["server", "socket", "shape"].includes(value.kind)) return value;
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
  "request",
  "data",
  "rooms",
  "nsp",
]);

/** What no other package's connections have. Emitters emit, but nobody emits on a connection of `ws` or `net`. */
const ONLY_SOCKETS = new Set(["emit", "join", "leave", "to", "broadcast", "handshake", "nsp"]);

/**
 * The parameters of a function that nobody in sight calls, by the names that everybody uses:
 * `(io, socket) => { socket.on(…) }`. A name alone is not enough, it must be used like one.
 */
export function rolesByName(module: Module, node: FunctionNode): Map<ESTree.Identifier, Value> {
  const roles = new Map<ESTree.Identifier, Value>();
  const names = node.params.flatMap(namesIn);
  for (const parameter of names) {
    if (isServerByUse(module, parameter)) roles.set(parameter, { kind: "server" });
  }
  for (const parameter of names) {
    if (!roles.has(parameter) && holdsServer(module, parameter)) roles.set(parameter, APPLICATION);
  }
  for (const parameter of names) {
    if (roles.has(parameter)) continue;
    const hasServer = [...roles.values()].some(({ kind }) => kind === "server");
    const isSocket =
      parameter.name === "socket"
        ? hasServer || isUsedAsSocket(module, parameter) || isHandedOn(module, parameter)
        : hasServer && CLIENT_NAMES.test(parameter.name) && isUsed(module, parameter, isListening);
    if (isSocket) roles.set(parameter, { kind: "socket" });
  }
  return roles;
}

/** A parameter with the name of a server that is used like one; or of any name, whose clients are those of Socket.IO. */
function isServerByUse(module: Module, parameter: ESTree.Identifier): boolean {
  const { name: parameterName } = parameter;
  return isUsed(module, parameter, (name, call) => {
    if (parameterName === "io") return SERVER_MEMBERS.has(name);
    const listener = call && name === "on" ? connectionListener(call) : undefined;
    if (!listener) return false;
    return SERVER_NAMES.test(parameterName) || takesSocket(module, listener);
  });
}

/** An application of a framework's, which has its server as `io`. */
const APPLICATION: Value = { kind: "outside", name: "express" };

/** `app.io.on("connection", …)`, `const chat = args.io.of("/chat")` */
function holdsServer(module: Module, parameter: ESTree.Node): boolean {
  return isUsed(module, parameter, (name, _call, member) => {
    const use = name === "io" ? parentOf(member) : undefined;
    const call = use && parentOf(use);
    if (use?.type !== "MemberExpression" || call?.type !== "CallExpression") return false;
    const text = textOf(call.arguments[0]) ?? "";
    return propertyName(use) === "of" ? text.startsWith("/") : text === "connection";
  });
}

/** Whether a call registers a listener for connections whose sockets are used as Socket.IO's are. */
export function awaitsSockets(module: Module, call: ESTree.SimpleCallExpression): boolean {
  const listener = connectionListener(call);
  return listener !== undefined && takesSocket(module, listener);
}

/** The function that a call registers for `connection`, if it does. */
function connectionListener(call: ESTree.SimpleCallExpression): ESTree.Node | undefined {
  const [event, listener] = call.arguments;
  return /^connect(ion)?$/.test(textOf(event) ?? "") ? listener : undefined;
}

/** Other packages' servers have connections, too: these cannot what a socket of Socket.IO can. */
function takesSocket(module: Module, listener: ESTree.Node): boolean {
  const code = isFunction(listener) ? listener : module.firstValueOf(listener);
  const [socket] = code && isFunction(code) ? code.params : [];
  if (socket?.type !== "Identifier") return false;
  return isUsed(module, socket, (name) => ONLY_SOCKETS.has(name));
}

function isUsedAsSocket(module: Module, parameter: ESTree.Node): boolean {
  return isUsed(module, parameter, (name) => SOCKET_MEMBERS.has(name));
}

/** `onConnection(socket)`, of a function of the module that uses its own `socket` like one. */
function isHandedOn(module: Module, parameter: ESTree.Node): boolean {
  return (module.variableOf(parameter)?.references ?? []).some(({ identifier }) => {
    const use = identifier as ESTree.Expression;
    const call = parentOf(use);
    if (call?.type !== "CallExpression") return false;
    const code = module.firstValueOf(call.callee);
    const given = code && isFunction(code) ? code.params[call.arguments.indexOf(use)] : undefined;
    if (given?.type !== "Identifier" || given.name !== "socket") return false;
    return isUsedAsSocket(module, given);
  });
}

/** A parameter, or what is taken out of one: `({ io, socket }) => …`. */
export function namesIn(parameter: ESTree.Pattern): ESTree.Identifier[] {
  switch (parameter.type) {
    case "Identifier":
      return [parameter];
    case "AssignmentPattern":
      return namesIn(parameter.left);
    case "ObjectPattern":
      return parameter.properties.flatMap((property) =>
        property.type === "Property" ? namesIn(property.value) : [],
      );
    default:
      return [];
  }
}

/** What sockets are called, too, where there is an `io` beside them. */
const CLIENT_NAMES = /^(client|player|user|conn|connection|sock|s|peer)$/;

/** `client.on("join", (name) => …)` */
function isListening(name: string, call: ESTree.SimpleCallExpression | undefined): boolean {
  const [event, listener] = call?.arguments ?? [];
  return name === "on" && textOf(event) !== undefined && listener !== undefined;
}

type Use = (
  name: string,
  call: ESTree.SimpleCallExpression | undefined,
  member: ESTree.MemberExpression,
) => boolean;

function isUsed(module: Module, parameter: ESTree.Node, isWanted: Use): boolean {
  const variable = module.variableOf(parameter);
  const uses = variable?.references ?? [];
  return uses.some(({ identifier }) => {
    const member = (identifier as { parent?: ESTree.Node }).parent;
    if (member?.type !== "MemberExpression" || member.object !== identifier) return false;
    const up = (member as { parent?: ESTree.Node }).parent;
    const call = up?.type === "CallExpression" && up.callee === member ? up : undefined;
    const name = propertyName(member);
    return name !== undefined && isWanted(name, call, member);
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
