/**
 * State that hangs on something else: on a server or a namespace, on a part of one (its adapter, the engine, a room), on a
 * function, on the application that a framework has made (`app.locals.users`, `fastify.decorate("users", …)`). It is gone
 * with what it hangs on.
 */
import type { Scope } from "eslint";
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import { isApplication } from "../code/packages.ts";
import {
  argumentsOf,
  isFunction,
  parentOf,
  propertyName,
  textOf,
  unwrap,
  visit,
} from "../code/syntax.ts";
import { type Evaluates, has, ofKind, type Place, union, type Value } from "../code/value.ts";
import { isOfServer, isOfServerPart } from "./roles.ts";

/** What a property, or a setting, is first given, and where. */
interface Given {
  readonly module: Module;
  readonly node: ESTree.Node;
  readonly value: ESTree.Node | undefined;
}

/** What of a server's something hangs on. */
type Part = Extract<
  Place["hangsOn"],
  "the server" | "the engine" | "the adapter" | "a room" | "the transport"
>;

interface Write {
  readonly module: Module;
  readonly left: ESTree.MemberExpression;
}

/** Express's own, which are no state. */
const OWN_SETTING =
  /^(env|etag|port|host|title|views?|view (engine|cache)|trust proxy|x-powered-by|subdomain offset|json .*|jsonp .*|query parser( fn)?|case sensitive routing|strict routing)$/;
/** What a property may be besides a place. */
const LEADS_ON = new Set<Value["kind"]>([
  ...(["function", "instance", "class", "object", "module", "server", "outside"] as const),
]);

/** Who says what properties stand for. */
export interface PropertiesEvaluator extends Evaluates {
  /** Those whose code was looked at, the one in question first. */
  readonly modules: ReadonlySet<Module>;
  /** The one place that a declaration makes. */
  place(declaration: ESTree.Node, place: Place): Place;
}

export class Properties {
  readonly #evaluator: PropertiesEvaluator;
  /** By the property's name, of as many modules as there were then. */
  readonly #writes = new Map<string, readonly Write[]>();
  #looked = 0;

  constructor(evaluator: PropertiesEvaluator) {
    this.#evaluator = evaluator;
  }

  /** The place that a property is, if the project has hung it on one of these. */
  placeOf(module: Module, node: ESTree.MemberExpression): Place | undefined {
    return (
      this.#ofServer(module, node) ??
      this.#ofFunction(module, node) ??
      this.#ofApplication(module, node)
    );
  }

  /** What a property of these may be. Nothing if the project has not hung it there. */
  valuesOf(module: Module, node: ESTree.MemberExpression): Value[] {
    return this.#valuesIn(this.placeOf(module, node));
  }

  /** What `app.get("users")` may give. */
  valuesOfSetting(module: Module, call: ESTree.SimpleCallExpression): Value[] {
    return this.#valuesIn(this.settingOf(module, call));
  }

  #valuesIn(place: Place | undefined): Value[] {
    if (!place) return [];
    const values = (place.given ?? []).map((given) =>
      this.#evaluator.evaluate(place.module, given),
    );
    const known = union(...values).filter(({ kind }) => LEADS_ON.has(kind));
    return [...known, { kind: "state", place, isCopy: false }];
  }

  /** The functions that the project has hung on servers or sockets by a method's name: `socket.greet = () => …`. */
  functionsFor(
    module: Module,
    callee: ESTree.MemberExpression,
  ): Extract<Value, { kind: "function" }>[] {
    const writes = this.#writesTo(propertyName(callee) ?? "");
    if (writes.length === 0) return [];
    const holders = this.#evaluator.evaluate(module, callee.object);
    const kind = (["socket", "server"] as const).find((one) => has(holders, one));
    if (kind === undefined) return [];
    const values = writes.flatMap((write) => {
      const isOne = has(this.#evaluator.evaluate(write.module, write.left.object), kind);
      return isOne ? this.#evaluator.evaluate(write.module, givenBy(write).value) : [];
    });
    return ofKind(union(values), "function");
  }

  /** `io.users`, `socket.adapter.users`, `io.sockets.adapter.rooms.get("cats").host`. */
  #ofServer(module: Module, node: ESTree.MemberExpression): Place | undefined {
    const name = module.keyOf(node);
    if (name === undefined || isOfServer(name)) return undefined;
    const writes = this.#writesTo(name);
    const holder = writes.length > 0 ? this.#holderOf(module, node.object) : undefined;
    if (holder === undefined) return undefined;
    if (holder !== "the server" && isOfServerPart(name)) return undefined;
    const given = writes.filter(({ module: home, left }) => {
      return this.#holderOf(home, left.object) === holder;
    });
    const text = module.source.getText(node).replace(/\s+/g, "").slice(0, 60);
    return this.#place(
      given.map(givenBy),
      holder === "the server" ? `io${name.startsWith("[") ? "" : "."}${name}` : text,
      holder,
    );
  }

  /** Which part of a server, or of a connection, an expression is; undefined of what is none. */
  #holderOf(module: Module, expression: ESTree.Node): Part | undefined {
    const values = this.#evaluator.evaluate(module, expression);
    if (has(values, "server")) return "the server";
    if (has(values, "engine")) return "the engine";
    const node = unwrap(expression);
    if (has(values, "serverPart")) {
      const isAdapter = node.type === "MemberExpression" && propertyName(node) === "adapter";
      return isAdapter || node.type === "Identifier" ? "the adapter" : undefined;
    }
    if (node.type === "MemberExpression" && propertyName(node) === "transport") {
      const isConnections = has(this.#evaluator.evaluate(module, node.object), "connection");
      return isConnections ? "the transport" : undefined;
    }
    const made = node.type === "Identifier" ? module.firstValueOf(node) : node;
    const call = made && unwrap(made);
    if (call?.type !== "CallExpression" || call.callee.type !== "MemberExpression")
      return undefined;
    const rooms = unwrap(call.callee.object);
    if (propertyName(call.callee) !== "get" || rooms.type !== "MemberExpression") return undefined;
    if (propertyName(rooms) !== "rooms") return undefined;
    return has(this.#evaluator.evaluate(module, rooms.object), "serverPart") ? "a room" : undefined;
  }

  /** `join.count`, of a function that the module has declared: it is made with that. */
  #ofFunction(module: Module, node: ESTree.MemberExpression): Place | undefined {
    const name = propertyName(node);
    const { object } = node;
    const variable = object.type === "Identifier" ? module.variableOf(object) : undefined;
    if (name === undefined || name === "prototype") return undefined;
    if (!variable || !isDeclaredFunction(module, variable)) return undefined;
    const given = module
      .writesTo(name)
      .filter(({ object: other }) => module.variableOf(other) === variable)
      .map((left) => givenBy({ module, left }));
    return this.#place(given, `${variable.name}.${name}`, "a function", variable);
  }

  /** `app.locals.users`, `koa.context.users`, `fastify.users`. */
  #ofApplication(module: Module, node: ESTree.MemberExpression): Place | undefined {
    const name = propertyName(node);
    if (name === undefined || isCalled(node)) return undefined;
    if (!this.#isApplication(module, node.object)) return undefined;
    const holder = containerOf(node);
    const isThere = (home: Module, left: ESTree.MemberExpression) =>
      containerOf(left) === holder && this.#isApplication(home, left.object);
    const writes = this.#writesTo(name);
    const decorated = holder === undefined ? this.#settings("decorate", name) : [];
    const given = writes.filter(({ module: home, left }) => isThere(home, left)).map(givenBy);
    return this.#place([...decorated, ...given], module.source.getText(node), "the application");
  }

  /** `app.get("users")`, of what `app.set("users", …)` was given; `set` itself, too. */
  settingOf(module: Module, call: ESTree.SimpleCallExpression): Place | undefined {
    const { callee } = call;
    if (callee.type !== "MemberExpression") return undefined;
    const [first, ...others] = argumentsOf(call);
    const isSetting = others.length === (propertyName(callee) === "set" ? 1 : 0);
    const name = textOf(first);
    if (!/^(get|set)$/.test(propertyName(callee) ?? "") || !isSetting || !name) return undefined;
    if (OWN_SETTING.test(name) || !this.#isApplication(module, callee.object)) return undefined;
    const label = `${module.source.getText(callee.object)}.get("${name}")`;
    return this.#place(this.#settings("set", name), label, "the application");
  }

  #isApplication(module: Module, node: ESTree.Node): boolean {
    return ofKind(this.#evaluator.evaluate(module, node), "outside").some(isApplication);
  }

  #writesTo(name: string): readonly Write[] {
    const { modules } = this.#evaluator;
    if (this.#looked !== modules.size) this.#writes.clear();
    this.#looked = modules.size;
    const known = this.#writes.get(name);
    if (known) return known;
    const found = [...modules].flatMap((module) =>
      module.writesTo(name).map((left) => ({ module, left })),
    );
    this.#writes.set(name, found);
    return found;
  }

  /** `app.set("users", {})`, `fastify.decorate("users", {})`. */
  #settings(method: string, name: string): Given[] {
    const found: Given[] = [];
    for (const module of this.#evaluator.modules) {
      visit(module.program, module.keys, (node) => {
        if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return true;
        const [first, value] = argumentsOf(node);
        const isOne = propertyName(node.callee) === method && textOf(first) === name;
        if (isOne && value && this.#isApplication(module, node.callee.object)) {
          found.push({ module, node, value });
        }
        return true;
      });
    }
    return found;
  }

  #place(
    given: readonly Given[],
    name: string,
    hangsOn: NonNullable<Place["hangsOn"]>,
    variable?: Scope.Variable,
  ): Place | undefined {
    const [first] = given;
    if (!first) return undefined;
    const { module, node: declaration } = first;
    const values = given.flatMap((one) => (one.module === module && one.value ? [one.value] : []));
    const place = { module, declaration, name, hangsOn, given: values };
    return this.#evaluator.place(declaration, variable ? { ...place, variable } : place);
  }
}

function givenBy({ module, left }: Write): Given {
  const assignment = parentOf(left);
  const value = assignment?.type === "AssignmentExpression" ? assignment.right : undefined;
  return { module, node: left, value };
}

/** `locals` of `app.locals.users`; undefined of what hangs on the application itself. */
function containerOf({ object }: ESTree.MemberExpression): string | undefined {
  const inner = unwrap(object);
  return inner.type === "MemberExpression" ? propertyName(inner) : undefined;
}

function isCalled(node: ESTree.MemberExpression): boolean {
  const up = parentOf(node);
  return up?.type === "CallExpression" && up.callee === node;
}

/** `function join() {}`, `const Player = function (id) { … }`. */
function isDeclaredFunction(module: Module, variable: Scope.Variable): boolean {
  const [def] = variable.defs;
  if (def?.type === "FunctionName") return true;
  const value = def?.type === "Variable" ? module.firstValueOf(def.name as ESTree.Node) : undefined;
  return value !== undefined && isFunction(value);
}
