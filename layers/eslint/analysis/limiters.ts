/** Locks and limits: what they look like, and packages that keep them in memory. */
import type { Scope } from "eslint";
import type * as ESTree from "estree";
import type { Evaluator } from "./evaluator.ts";
import type { Module } from "./module.ts";
import type { Change } from "./records.ts";
import {
  argumentsOf,
  contains,
  type FunctionNode,
  isFunction,
  parentOf,
  propertyName,
} from "./syntax.ts";
import { ofKind, type Place, type Value } from "./value.ts";

/** Packages whose objects limit or lock in the memory of one process. */
const IN_MEMORY: Record<string, RegExp> = {
  "rate-limiter-flexible": /^(RateLimiterMemory|BurstyRateLimiter|RateLimiterQueue)$/,
  "async-mutex": /^(Mutex|Semaphore)$/,
  "async-lock": /^default$/,
  limiter: /^(RateLimiter|TokenBucket)$/,
  bottleneck: /^default$/,
  "await-semaphore": /^(Mutex|Semaphore)$/,
};

/** What takes a message piece by piece. */
const NODE_CRYPTO =
  /^create(Hash|Hmac|Sign|Verify|Cipheriv|Decipheriv|ECDH|DiffieHellman(Group)?)$/;
/** Operators that remember what has come. */
const REMEMBERS =
  /^((merge|switch)?[sS]can|reduce|distinct\w*|pairwise|buffer\w*|window\w*|groupBy|count|toArray|take(While|Last)?|skip(While|Last)?|first|elementAt|shareReplay|BehaviorSubject|ReplaySubject)$/;
const NODE_STREAMS = /^(PassThrough|Transform|Duplex)$/;
const NODE_ZLIB = /^create\w+$/;
/** What counts how often it was called. */
const COUNTS_CALLS = /^(after|before)$/;

/** Packages whose objects are the state of a game, a document, a machine. */
const STATEFUL: Record<string, RegExp> = {
  "chess.js": /^(Chess|default)$/,
  yjs: /^Doc$/,
  "y-socket.io/dist/server": /^YSocketIO$/,
  redux: /^(legacy_)?createStore$/,
  "@reduxjs/toolkit": /^(configureStore|createStore)$/,
  "zustand/vanilla": /^(createStore|default)$/,
  xstate: /^(createActor|interpret)$/,
  mobx: /^observable$/,
  "matter-js": /^create$/,
  denque: /^default$/,
  "heap-js": /^(Heap|HeapAsync|default)$/,
  rxjs: REMEMBERS,
  "rxjs/operators": REMEMBERS,
  nanostores: /^(atom|map|deepMap)$/,
  "valtio/vanilla": /^proxy$/,
  valtio: /^proxy$/,
  "@vue/reactivity": /^(ref|reactive|shallowRef|shallowReactive)$/,
  vue: /^(ref|reactive|shallowRef|shallowReactive)$/,
  "@preact/signals-core": /^signal$/,
  jotai: /^createStore$/,
  "@automerge/automerge": /^(init|from)$/,
  lokijs: /^default$/,
  tinyqueue: /^default$/,
  "javascript-state-machine": /^default$/,
  "cannon-es": /^World$/,
  planck: /^World$/,
  p2: /^World$/,
  "@dimforge/rapier2d": /^World$/,
  graphology: /^(default|Graph|DirectedGraph|UndirectedGraph)$/,
  "node:crypto": NODE_CRYPTO,
  crypto: NODE_CRYPTO,
  lodash: COUNTS_CALLS,
  "lodash-es": COUNTS_CALLS,
  underscore: COUNTS_CALLS,
  "node:string_decoder": /^StringDecoder$/,
  string_decoder: /^StringDecoder$/,
  "node:stream": NODE_STREAMS,
  stream: NODE_STREAMS,
  "node:zlib": NODE_ZLIB,
  zlib: NODE_ZLIB,
  // What comes next follows from how often it was asked.
  seedrandom: /^default$/,
  alea: /^default$/,
  prando: /^default$/,
  "random-seed": /^(create|default)$/,
};

/** The platforms' own that take a client's text or bytes piece by piece. */
const STREAMS =
  /^(TransformStream|IdentityTransformStream|FixedLengthStream|CompressionStream|DecompressionStream|TextDecoderStream|TextEncoderStream|DigestStream)$/;

/** Of what these give: what takes piece by piece. */
const TAKES_PIECES =
  /^(PassThrough|Transform|Duplex|StringDecoder|create(Hash|Hmac|Sign|Verify|Cipheriv|Decipheriv|Gzip|Gunzip|Unzip|(De|In)flate\w*|Brotli\w+|Zstd\w+))$/;

/** Whether what is made by that name takes a text, or bytes, piece by piece. */
export function takesPieces(name: string): boolean {
  return STREAMS.test(name) || TAKES_PIECES.test(name);
}

/** The class of the platforms' own streams that something is made of. */
export function streamMadeBy(module: Module, node: ESTree.Node): string | undefined {
  if (node.type !== "NewExpression" || node.callee.type !== "Identifier") return undefined;
  const { name } = node.callee;
  return STREAMS.test(name) && !module.variableOf(node.callee) ? name : undefined;
}

/** The name of the package's class or function that makes something which limits or locks in memory. */
export function limiterOf(callees: readonly Value[]): string | undefined {
  return madeBy(IN_MEMORY, callees);
}

/** The same for what keeps state in memory. */
export function statefulOf(callees: readonly Value[]): string | undefined {
  return madeBy(STATEFUL, callees);
}

function madeBy(known: Record<string, RegExp>, callees: readonly Value[]): string | undefined {
  for (const { name, path } of ofKind(callees, "package")) {
    const last = path.at(-1) ?? "default";
    if (known[name]?.test(last)) return last === "default" ? name : last;
  }
  return undefined;
}

/** Packages whose middlewares keep what they know in memory unless they are given a store. */
const WANTS_STORE = /^(express-session|express-rate-limit)$/;

/** The package behind a middleware that is not given a store: `session({ secret })`. */
export function memoryStoreOf(
  evaluator: Evaluator,
  module: Module,
  middleware: ESTree.Node,
): string | undefined {
  const [value] = ofKind(evaluator.evaluate(module, middleware), "outside");
  if (!value || !WANTS_STORE.test(value.name)) return undefined;
  const call = callThatMade(module, middleware);
  const options = call ? argumentsOf(call)[0] : undefined;
  if (options && options.type !== "ObjectExpression") return undefined;
  const hasStore = options?.properties.some(
    (property) => property.type === "SpreadElement" || propertyName(property) === "store",
  );
  return hasStore ? undefined : value.name;
}

/** The call that made what an expression stands for. */
function callThatMade(module: Module, node: ESTree.Node): ESTree.SimpleCallExpression | undefined {
  if (node.type === "CallExpression") return node;
  if (node.type !== "Identifier") return undefined;
  const made = module.variableOf(node)?.references.find(({ init }) => init)?.writeExpr;
  return made?.type === "CallExpression" ? made : undefined;
}

const LIMIT_NAME =
  /(rate|limit|throttl|attempt|cool_?down|flood|strike|spam|bann?ed|black_?list|block_?list|block(ed)?(ips?|users?)|mutex|lock(s|ed)?$|^locks?|semaphore|in_?progress|is_?(busy|processing|running|locked)|^busy$|^processing$|last_?(message|msg|sent|action|request|event|call|emit)(_?(at|time|ts))?$|(request|message|msg|hit|call|connection)s?_?count|connections_?per|buckets?$|nonce|seen_?(ids?|messages?|nonces?)|dedup)/i;
/** Names that look like a limit and are none. */
const NOT_LIMIT = /(strateg|iterat|generat|delimit|blocks?$|clock|decorat|migrat|operat|separat)/i;

/** Whether a place is a lock or a limit: by its name, or because it turns events away. */
export function isLimit(place: Place, changes: readonly Change[]): boolean {
  const name = place.name.replace(/^this\./, "");
  if (LIMIT_NAME.test(name) && !NOT_LIMIT.test(name)) return true;
  return changes.some((change) => isMutex(change) || isClock(change));
}

/** `if (busy) return; busy = true;` */
function isMutex({ place, node, stored, how }: Change): boolean {
  const [value] = stored;
  if (how !== "assigned" || value?.type !== "Literal" || value.value !== true) return false;
  const { variable } = place;
  if (!variable) return false;
  const falls = variable.references.some(
    ({ writeExpr, init }) => !init && writeExpr?.type === "Literal" && writeExpr.value === false,
  );
  return falls && turnsAway(variable, functionAround(node));
}

function turnsAway(variable: Scope.Variable, code: FunctionNode | undefined): boolean {
  return variable.references.some((reference) => {
    const identifier = reference.identifier as ESTree.Node;
    const test = parentOf(identifier);
    if (test?.type !== "IfStatement" || test.test !== identifier) return false;
    return leaves(test.consequent) && functionAround(test) === code;
  });
}

function leaves(node: ESTree.Node): boolean {
  if (node.type === "ReturnStatement" || node.type === "ThrowStatement") return true;
  return node.type === "BlockStatement" && node.body.some(leaves);
}

/** A time is stored, and the same function compares times and turns away, or says whether to. */
function isClock({ module, node, stored }: Change): boolean {
  const code = functionAround(node);
  if (!code || !stored.some((value) => isNowOrHolds(module.keys, value, code, module)))
    return false;
  const compares = contains(code.body, module.keys, (part) => {
    if (part.type !== "BinaryExpression" || !/^[<>]=?$/.test(part.operator)) return false;
    return isDifferenceOfTimes(part, module.keys);
  });
  return compares && contains(code.body, module.keys, isVerdict);
}

/** `if (…) return;`, `return count <= 10`, `return false`. */
function isVerdict(node: ESTree.Node): boolean {
  if (node.type === "IfStatement") return leaves(node.consequent);
  if (node.type !== "ReturnStatement") return false;
  const { argument } = node;
  if (argument?.type === "Literal") return typeof argument.value === "boolean";
  return argument?.type === "BinaryExpression" && /^[<>]=?$/.test(argument.operator);
}

function isNowOrHolds(
  keys: Change["module"]["keys"],
  value: ESTree.Node,
  code: FunctionNode,
  module: Change["module"],
): boolean {
  return contains(value, keys, (inner) => {
    if (isNow(inner)) return true;
    if (inner.type !== "Identifier") return false;
    const variable = module.variableOf(inner);
    if (!variable || functionAround(variable.identifiers[0] as ESTree.Node) !== code) return false;
    return variable.references.some(({ init, writeExpr }) => init && writeExpr && isNow(writeExpr));
  });
}

function isDifferenceOfTimes(node: ESTree.Node, keys: Change["module"]["keys"]): boolean {
  return contains(
    node,
    keys,
    (part) => (part.type === "BinaryExpression" && part.operator === "-") || isNow(part),
  );
}

function isNow(node: ESTree.Node): boolean {
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return false;
  const { object } = node.callee;
  if (object.type !== "Identifier" || !/^(Date|performance)$/.test(object.name)) return false;
  return propertyName(node.callee) === "now";
}

function functionAround(node: ESTree.Node): FunctionNode | undefined {
  for (let up = parentOf(node); up; up = parentOf(up)) if (isFunction(up)) return up;
  return undefined;
}
