/** What an expression may stand for, as far as the rules care. */
import type { Scope } from "eslint";
import type * as ESTree from "estree";
import type { Module } from "./module.ts";
import type { ClassNode, FunctionNode, TypeNode } from "./syntax.ts";

/** Where state is held in memory: a variable, or a field of a class. */
export interface Place {
  readonly module: Module;
  /** Where it is declared: what is reported, and one place's identity. */
  readonly declaration: ESTree.Node;
  readonly name: string;
  readonly variable?: Scope.Variable;
  readonly owner?: ClassNode;
  /** What the project has hung it on, if it has: a server or a part of one, a connection's transport, a function, a framework's application. */
  readonly hangsOn?:
    | ("the server" | "the engine" | "the adapter" | "a room" | "the transport")
    | ("a function" | "the application");
  /** Of what hangs on something: what it is given in the module that declares it. */
  readonly given?: readonly ESTree.Node[];
  /** Of a field: the class has it, not its instances. */
  readonly isStatic?: boolean;
  /** No field, but what is in the instances of a class that extends a collection. */
  readonly isContents?: boolean;
  /** No field, but all of an object of a class, or of the class: `this[key] = …`, `Object.assign(this, …)`. */
  readonly isWhole?: boolean;
}

/** Who says what an expression may stand for. */
export interface Evaluates {
  /** Nothing if that does not matter, or is not known. */
  evaluate(module: Module, expression: ESTree.Node | null | undefined): Value[];
}

/** Gives the values of an identifier, also of a type's name. */
export type Resolve = (identifier: ESTree.Identifier) => readonly Value[];

/** The code whose running makes a place anew. */
export type Home = "module" | "setup" | "connection" | "middleware";

export type Value =
  /** `io` or a namespace. */
  | { readonly kind: "server" }
  | { readonly kind: "socket" }
  /** `io.engine`. */
  | { readonly kind: "engine" }
  /** What else of the server has listeners: `io.schedule`, a namespace's `adapter`. */
  | { readonly kind: "serverPart" }
  /** `socket.conn`. */
  | { readonly kind: "connection" }
  /** `socket.client`, which has the connection. */
  | { readonly kind: "client" }
  /** Something with several sockets in it: `await io.fetchSockets()`, `io.sockets.sockets`. */
  | { readonly kind: "sockets" }
  /** What is reached through `io` or `socket` and is theirs: `socket.data`, `io.data`, rooms. */
  | { readonly kind: "kept" }
  /** What leads out of the object: `ctx`, `env`, a package's client of a database. */
  | { readonly kind: "outside"; readonly name: string }
  | {
      readonly kind: "state";
      readonly place: Place;
      /** An array or the like that was made anew; only what is in it belongs to the place. */
      readonly isCopy: boolean;
    }
  | { readonly kind: "function"; readonly module: Module; readonly node: FunctionNode }
  | { readonly kind: "object"; readonly module: Module; readonly node: ESTree.ObjectExpression }
  | { readonly kind: "class"; readonly module: Module; readonly node: ClassNode }
  | { readonly kind: "instance"; readonly module: Module; readonly node: ClassNode }
  | { readonly kind: "module"; readonly module: Module }
  /** Something with properties that its type names: `{ io: Server; socket: Socket }`. */
  | { readonly kind: "shape"; readonly node: TypeNode; readonly resolve: Resolve }
  /** TypeScript's `enum`, and its `namespace`. */
  | { readonly kind: "enum" | "namespace"; readonly module: Module; readonly node: TypeNode }
  /** A package's export, by the names that lead to it. */
  | { readonly kind: "package"; readonly name: string; readonly path: readonly string[] };

export type Kind = Value["kind"];

export function has(values: readonly Value[], kind: Kind): boolean {
  return values.some((value) => value.kind === kind);
}

export function ofKind<K extends Kind>(values: readonly Value[], kind: K) {
  return values.filter((value): value is Extract<Value, { kind: K }> => value.kind === kind);
}

/** What makes two values of a kind the same one. */
function identityOf(value: Value): unknown {
  switch (value.kind) {
    case "state":
      return value.place.declaration;
    case "function":
    case "object":
    case "class":
    case "instance":
    case "shape":
    case "enum":
    case "namespace":
      return value.node;
    case "module":
      return value.module;
    case "package":
      return [value.name, ...value.path].join();
    default:
      return value.kind;
  }
}

function isSame(one: Value, other: Value): boolean {
  if (one.kind !== other.kind || identityOf(one) !== identityOf(other)) return false;
  return one.kind !== "state" || one.isCopy === (other as typeof one).isCopy;
}

/** Up to so many values are compared each with each, which is quicker than to sort them. */
const FEW = 8;

/** Each value once. */
export function union(...lists: (readonly Value[])[]): Value[] {
  const given = lists.flat();
  if (given.length > FEW) return unionOfMany(given);
  const all: Value[] = [];
  for (const value of given) if (!all.some((known) => isSame(known, value))) all.push(value);
  return all;
}

function unionOfMany(given: readonly Value[]): Value[] {
  const all = new Map<unknown, Value[]>();
  return given.filter((value) => {
    const identity = identityOf(value);
    const alike = all.get(identity);
    if (alike === undefined) all.set(identity, [value]);
    else if (alike.some((known) => isSame(known, value))) return false;
    else alike.push(value);
    return true;
  });
}

/** Of state: a new collection of the same elements. */
export function asCopy(value: Value): Value {
  return value.kind === "state" ? { ...value, isCopy: true } : value;
}
