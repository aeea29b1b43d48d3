/**
 * Constructors that are functions with prototypes, seen as the classes that they are: `function Game() {}`,
 * `Game.prototype.add = function () {}`, `util.inherits(Game, Room)`.
 */
import type * as ESTree from "estree";
import {
  argumentsOf,
  type ClassNode,
  type FunctionNode,
  functionOfThis,
  isFunction,
  parentOf,
  propertyName,
  unwrap,
  visit,
} from "./syntax.ts";

/** What is asked of the module that they are in. */
interface Names {
  readonly program: ESTree.Program;
  readonly keys: Record<string, readonly string[]>;
  /** What an identifier, or `exports.Game`, was given first. */
  firstValueOf(node: ESTree.Node): ESTree.Node | undefined;
}

/** What is added to the prototype of what the module has not made, or not as a function. */
export interface Addition {
  /** `Game` of `Game.prototype`. */
  readonly holder: ESTree.Node;
  readonly name: string;
  readonly value: ESTree.Node;
}

type Element = ESTree.MethodDefinition | ESTree.PropertyDefinition;

export class Constructors {
  /** To classes of other modules, and to those with bodies. */
  readonly additions: Addition[] = [];
  readonly #names: Names;
  readonly #classes = new Map<ESTree.Node, ClassNode>();
  readonly #owners = new Map<ESTree.Node, ClassNode>();

  constructor(names: Names) {
    this.#names = names;
    visit(names.program, names.keys, (node) => {
      if (node.type === "AssignmentExpression") this.#readAssignment(node);
      else if (node.type === "CallExpression") this.#readCall(node);
      else if (node.type === "NewExpression") this.#readNew(node);
      else if (isFunction(node)) this.#readFunction(node);
      return true;
    });
  }

  /** The class that a function makes instances of; undefined for functions that do not. */
  classOf(maker: FunctionNode): ClassNode | undefined {
    return this.#classes.get(maker);
  }

  /** The class whose constructor or method a function is. */
  ownerOf(code: FunctionNode): ClassNode | undefined {
    return this.#owners.get(code);
  }

  /** `Game.prototype.add = …`, `Game.prototype = …`, `Game.prototype.__proto__ = …`. */
  #readAssignment({ left, right }: ESTree.AssignmentExpression): void {
    if (left.type !== "MemberExpression") return;
    const maker = this.#makerOfPrototype(left);
    if (maker) {
      this.#readPrototype(maker, unwrap(right));
      return;
    }
    const owner = this.#makerOfPrototype(left.object);
    const holder = owner ? undefined : this.#holderOf(left.object);
    if (holder) this.#noteAddition(holder, propertyName(left), right);
    if (!owner) return;
    if (propertyName(left) === "__proto__") this.#extend(owner, prototypeHolder(right));
    else this.#add(owner, left.property as ESTree.Node, left, right);
  }

  #readCall(call: ESTree.SimpleCallExpression): void {
    const [first, ...others] = argumentsOf(call);
    const name = calledName(call);
    if (!first) return;
    if (name === "inherits" || name === "setPrototypeOf") {
      const maker = this.#makerOf(first) ?? this.#makerOfPrototype(first);
      if (maker) this.#extend(maker, prototypeHolder(others[0]) ?? others[0]);
    } else if (name === "assign" || name === "extend" || name === "defineProperties") {
      const maker = this.#makerOfPrototype(first);
      const holder = maker ? undefined : this.#holderOf(first);
      for (const given of others) {
        if (maker) this.#mixIn(maker, given);
        else if (holder) this.#noteAdditions(holder, given);
      }
    } else if (name === "call" || name === "apply") this.#readParentCall(call);
  }

  /** `Room.call(this, name)` in a constructor. */
  #readParentCall({ callee, arguments: [self] }: ESTree.SimpleCallExpression): void {
    if (callee.type !== "MemberExpression" || self?.type !== "ThisExpression") return;
    const maker = functionOfThis(self);
    const isMaker = maker !== undefined && this.#makerOf(callee.object) !== undefined;
    if (isMaker && isNamedLikeClass(maker)) this.#extend(maker, callee.object);
  }

  #readNew({ callee }: ESTree.NewExpression): void {
    const maker = this.#makerOf(callee);
    if (maker && this.#writesToThis(maker)) this.#classFor(maker);
  }

  #readFunction(node: FunctionNode): void {
    const isMethod = this.#owners.has(node);
    if (!isMethod && isNamedLikeClass(node) && this.#writesToThis(node)) this.#classFor(node);
  }

  #readPrototype(maker: FunctionNode, value: ESTree.Node): void {
    if (value.type === "AssignmentExpression") this.#readPrototype(maker, unwrap(value.right));
    else if (value.type === "NewExpression") this.#extend(maker, value.callee);
    else if (value.type !== "CallExpression") this.#mixIn(maker, value);
    else if (calledName(value) === "create") {
      const [parent, properties] = argumentsOf(value);
      this.#extend(maker, prototypeHolder(parent));
      if (properties) this.#mixIn(maker, properties);
    }
  }

  /** An object's properties, in the order of what they replace. */
  #mixIn(maker: FunctionNode, given: ESTree.Node): void {
    const value = unwrap(given);
    const object = value.type === "Identifier" ? this.#names.firstValueOf(value) : value;
    if (object?.type !== "ObjectExpression") return;
    for (const property of object.properties) {
      if (property.type !== "Property" || propertyName(property) === "constructor") continue;
      this.#add(maker, property.key, property, described(property.value));
    }
  }

  #noteAdditions(holder: ESTree.Node, given: ESTree.Node): void {
    const value = unwrap(given);
    const object = value.type === "Identifier" ? this.#names.firstValueOf(value) : value;
    if (object?.type !== "ObjectExpression") return;
    for (const property of object.properties) {
      if (property.type !== "Property" || property.kind !== "init") continue;
      this.#noteAddition(holder, propertyName(property), described(property.value));
    }
  }

  #noteAddition(holder: ESTree.Node, name: string | undefined, value: ESTree.Node): void {
    if (name !== undefined) this.additions.push({ holder, name, value });
  }

  #add(maker: FunctionNode, key: ESTree.Node, node: ESTree.Node, value: ESTree.Node): void {
    const owner = this.#classFor(maker);
    const code = unwrap(value);
    const { computed = false } = node as { computed?: boolean };
    const { loc, range } = node;
    const common = { key, computed, static: false, decorators: [], loc, range };
    const parent = parentOf(node);
    const isMethod = code.type === "FunctionExpression";
    if (isFunction(code)) this.#owners.set(code, owner);
    const element = isMethod
      ? { type: "MethodDefinition", kind: "method", value: code, ...common, parent }
      : { type: "PropertyDefinition", value, ...common, parent };
    owner.body.body.push(element as unknown as Element);
  }

  #extend(maker: FunctionNode, parent: ESTree.Node | undefined): void {
    const owner = this.#classFor(maker);
    if (parent) owner.superClass ??= parent as ESTree.Expression;
  }

  /** The class of a function, which it has from now on. */
  #classFor(maker: FunctionNode): ClassNode {
    const known = this.#classes.get(maker);
    if (known) return known;
    const { loc, range } = maker;
    const id = nameOf(maker);
    const parent = parentOf(maker);
    const kind = { type: "MethodDefinition", kind: "constructor", static: false, computed: false };
    const made = { ...kind, key: id, value: maker, loc, range, parent };
    const body = { type: "ClassBody", body: [made], loc, range };
    const owner = { type: "ClassDeclaration", id, superClass: null, body, loc, range, parent };
    this.#classes.set(maker, owner as unknown as ClassNode);
    this.#owners.set(maker, owner as unknown as ClassNode);
    return owner as unknown as ClassNode;
  }

  /** The function behind `Game.prototype`, and behind a variable that holds that. */
  #makerOfPrototype(node: ESTree.Node): FunctionNode | undefined {
    const holder = this.#holderOf(node);
    return holder && this.#makerOf(holder);
  }

  /** `Game` of `Game.prototype`, and of a variable that holds that. */
  #holderOf(node: ESTree.Node): ESTree.Node | undefined {
    const holder = prototypeHolder(node);
    if (holder) return holder;
    const value = node.type === "Identifier" ? this.#names.firstValueOf(node) : undefined;
    return prototypeHolder(value?.type === "AssignmentExpression" ? value.left : value);
  }

  #makerOf(node: ESTree.Node): FunctionNode | undefined {
    let value = this.#names.firstValueOf(unwrap(node));
    while (value?.type === "AssignmentExpression") value = unwrap(value.right);
    return value && isFunction(value) && value.type !== "ArrowFunctionExpression"
      ? value
      : undefined;
  }

  #writesToThis(maker: FunctionNode): boolean {
    let isFound = false;
    visit(maker.body, this.#names.keys, (node) => {
      const isWrite = node.type === "AssignmentExpression" && node.left.type === "MemberExpression";
      const object = isWrite ? (node.left as ESTree.MemberExpression).object : undefined;
      isFound ||= object?.type === "ThisExpression" && functionOfThis(object) === maker;
      const isSelf = node.type === "VariableDeclarator" && node.init?.type === "ThisExpression";
      isFound ||= isSelf && functionOfThis(node.init as ESTree.Node) === maker;
      return !isFound;
    });
    return isFound;
  }
}

/** `Game` of `Game.prototype`. */
function prototypeHolder(node: ESTree.Node | undefined): ESTree.Node | undefined {
  const inner = node && unwrap(node);
  const isPrototype = inner?.type === "MemberExpression" && propertyName(inner) === "prototype";
  return isPrototype ? (inner as ESTree.MemberExpression).object : undefined;
}

/** `{ value: function () {} }` of `Object.create` and `Object.defineProperties`. */
function described(value: ESTree.Node): ESTree.Node {
  if (value.type !== "ObjectExpression") return value;
  const given = value.properties.find(
    (property) => property.type === "Property" && propertyName(property) === "value",
  );
  const isFunctions = given?.type === "Property" && isFunction(given.value);
  return isFunctions ? given.value : value;
}

function calledName({ callee }: ESTree.SimpleCallExpression): string | undefined {
  const inner = unwrap(callee);
  if (inner.type === "MemberExpression") return propertyName(inner);
  return inner.type === "Identifier" ? inner.name : undefined;
}

/** What is declared, or stored under a name; methods and callbacks make no instances. */
function nameOf(maker: FunctionNode): ESTree.Identifier | null {
  if (maker.type !== "ArrowFunctionExpression" && maker.id) return maker.id;
  const up = parentOf(maker);
  if (up?.type === "VariableDeclarator" && up.id.type === "Identifier") return up.id;
  if (up?.type !== "AssignmentExpression" || up.left.type !== "MemberExpression") return null;
  return up.left.property.type === "Identifier" ? up.left.property : null;
}

function isNamedLikeClass(node: FunctionNode): boolean {
  return node.type !== "ArrowFunctionExpression" && /^[A-Z]/.test(nameOf(node)?.name ?? "");
}
