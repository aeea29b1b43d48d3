/** What functions are for that nobody in sight calls: what they are given, and as what they run. */
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import { isOurs } from "../code/packages.ts";
import {
  type ClassNode,
  contains,
  type FunctionNode,
  isClass,
  parentOf,
  propertyName,
  unwrap,
} from "../code/syntax.ts";
import { has, type Kind, ofKind } from "../code/value.ts";
import type { Evaluator } from "../values/evaluator.ts";
import { membersOfShape, namesIn, rolesByName } from "../values/roles.ts";
import type { Context } from "./context.ts";

type Named = Pick<Context, "kind" | "name">;

/** How a function begins to run. */
interface Beginning {
  /** Undefined if it is nothing but code of its module. */
  readonly runsAs: Named | undefined;
  /** The class whose constructor it is. */
  readonly made?: ClassNode;
}

export class Uncalled {
  readonly #evaluator: Evaluator;
  readonly #root: Module;
  /** The code of servers that never sleep. */
  readonly #awake: ReadonlySet<ESTree.Node>;

  constructor(evaluator: Evaluator, root: Module, awake: ReadonlySet<ESTree.Node>) {
    this.#evaluator = evaluator;
    this.#root = root;
    this.#awake = awake;
  }

  /** Which of a server and a socket a function is given that nobody in sight calls. */
  kindsOf(node: FunctionNode): Kind[] {
    const root = this.#root;
    const evaluator = this.#evaluator;
    let holdsServer = false;
    for (const [parameter, role] of rolesByName(root, node)) {
      holdsServer ||= role.kind === "outside";
      const values = evaluator.evaluate(root, parameter);
      if (values.every(({ kind }) => kind === "state" || kind === "shape")) {
        evaluator.bind(root, parameter, [role]);
      }
    }
    const kinds = node.params.flatMap((parameter) => this.#kindsGiven(parameter));
    if (holdsServer) kinds.push("server");
    return kinds.filter((kind) => kind === "server" || kind === "socket");
  }

  /** How a function begins to run that nobody in sight calls: for others to call, with a server or a socket. */
  beginningOf(node: FunctionNode): Beginning {
    const kinds = this.kindsOf(node);
    const owner = parentOf(node);
    const runsAs = owner && (gatewayMethod(owner) ?? this.#objectMethod(owner));
    if (runsAs) return { runsAs };
    const made = this.#classMadeBy(node);
    if (made) {
      if (kinds.includes("socket")) return { runsAs: named("connection", "the constructor"), made };
      if (kinds.includes("server")) return { runsAs: named("setup", "the constructor"), made };
      return { runsAs: undefined, made };
    }
    if (kinds.includes("socket")) {
      const registers = this.#registersListeners(node);
      return {
        runsAs: registers
          ? named("connection", "the connection listener")
          : named("helper", `\`${nameOf(node)}\``),
      };
    }
    return { runsAs: kinds.includes("server") ? named("setup", "setup") : undefined };
  }

  /** What a parameter is, or has in it by its type or where it is taken apart. */
  #kindsGiven(parameter: ESTree.Pattern): Kind[] {
    const values = namesIn(parameterOf(parameter) as ESTree.Pattern).flatMap((name) =>
      this.#evaluator.evaluate(this.#root, name),
    );
    const inside = ofKind(values, "shape").flatMap(membersOfShape);
    return [...values, ...inside].map(({ kind }) => kind);
  }

  /** The class whose constructor a function is. */
  #classMadeBy(node: FunctionNode): ClassNode | undefined {
    const owner = parentOf(node);
    const isMethod = owner?.type === "MethodDefinition" && owner.kind === "constructor";
    if (isMethod) return parentOf(parentOf(owner) as ESTree.Node) as ClassNode;
    return this.#root.constructors.classOf(node);
  }

  /** A method of a Durable Object's own: for its requests, its alarm, its RPC. */
  #objectMethod(node: ESTree.Node): Named | undefined {
    const owner = parentOf(parentOf(node) ?? node);
    if (node.type !== "MethodDefinition" || !owner || !isClass(owner)) return undefined;
    // PartyServer and PartyKit call `onStart` with every wake.
    if (node.kind !== "method" || node.static || propertyName(node) === "onStart") return undefined;
    const made = owner.superClass && unwrap(owner.superClass);
    const isAwake =
      made?.type === "CallExpression" && made.arguments.some((setup) => this.#awake.has(setup));
    if (isAwake) return undefined;
    const parents = this.#evaluator.evaluate(this.#root, owner.superClass);
    const isObject = parents.some((value) => value.kind === "outside" && isOurs(value.name));
    return isObject ? { kind: "listener", name: `\`${propertyName(node)}\`` } : undefined;
  }

  #registersListeners(node: FunctionNode, depth = 1): boolean {
    return contains(node.body, this.#root.keys, (inner) => {
      if (inner.type !== "CallExpression") return false;
      if (inner.callee.type === "Identifier") return depth > 0 && this.#handsOn(inner, depth - 1);
      if (inner.callee.type !== "MemberExpression") return false;
      if (!/^(on|once|onAny|use)$/.test(propertyName(inner.callee) ?? "")) return false;
      return this.#evaluator
        .evaluate(this.#root, inner.callee.object)
        .some(({ kind }) => kind === "socket");
    });
  }

  /** `begin(socket)`, of a function of the module that registers the listeners. */
  #handsOn(call: ESTree.SimpleCallExpression, depth: number): boolean {
    const root = this.#root;
    const evaluator = this.#evaluator;
    const at = call.arguments.findIndex((given) => has(evaluator.evaluate(root, given), "socket"));
    if (at < 0) return false;
    return ofKind(evaluator.evaluate(root, call.callee), "function").some(({ module, node }) => {
      if (module !== root) return false;
      evaluator.bind(root, node.params[at], [{ kind: "socket" }]);
      return this.#registersListeners(node, depth);
    });
  }
}

function named(kind: Context["kind"], name: string): Named {
  return { kind, name };
}

/** What NestJS calls a method of a gateway for. */
function gatewayMethod(node: ESTree.Node): Named | undefined {
  const owner = parentOf(parentOf(node) ?? node);
  if (node.type !== "MethodDefinition" || !owner || !isClass(owner)) return undefined;
  if (!hasDecorator(owner, "WebSocketGateway")) return undefined;
  const name = propertyName(node) ?? "";
  if (name === "handleConnection") return { kind: "connection", name: "the connection listener" };
  if (name === "handleDisconnect") return { kind: "listener", name: "`handleDisconnect`" };
  const isListener = hasDecorator(node, "SubscribeMessage");
  return isListener ? { kind: "listener", name: `\`${name}\`` } : undefined;
}

function hasDecorator(node: ESTree.Node, name: string): boolean {
  const { decorators } = node as { decorators?: { expression: ESTree.Node }[] };
  return (decorators ?? []).some(({ expression }) => {
    const callee = expression.type === "CallExpression" ? expression.callee : expression;
    return callee.type === "Identifier" && callee.name === name;
  });
}

function parameterOf(parameter: ESTree.Node): ESTree.Node {
  if (parameter.type === "AssignmentPattern") return parameter.left;
  const property = parameter as unknown as { type: string; parameter: ESTree.Node };
  return property.type === "TSParameterProperty" ? parameterOf(property.parameter) : parameter;
}

function nameOf(node: FunctionNode): string {
  if (node.type !== "ArrowFunctionExpression" && node.id) return node.id.name;
  const up = parentOf(node);
  if (up?.type === "VariableDeclarator" && up.id.type === "Identifier") return up.id.name;
  const isMember = up?.type === "MethodDefinition" || up?.type === "Property";
  return (isMember && propertyName(up)) || "a function";
}
