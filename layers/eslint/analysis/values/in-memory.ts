/** What of packages, and of the language, keeps something in memory: limits, locks, games, documents, streams, promises. */
import type * as ESTree from "estree";
import { helperOf } from "../code/helper-packages.ts";
import type { Module } from "../code/module.ts";
import { argumentsOf, propertyName, unwrap } from "../code/syntax.ts";
import { ofKind, type Value } from "../code/value.ts";
import type { Evaluator } from "./evaluator.ts";

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

const ONCE =
  /^(once|onetime|memoize|memoizee|mem|p-memoize|p-once|fast-memoize|memoize-one|micro-memoize|moize|nano-memoize)$/;

/** The name of the package's function that makes something which runs once. */
export function onceOf(callees: readonly Value[]): string | undefined {
  for (const value of ofKind(callees, "package")) {
    const name = helperOf(value) ?? value.name;
    if (ONCE.test(name)) return name;
  }
  return undefined;
}

/** The name of the package's function that counts how often it was called, and gives that: `_.uniqueId()`. */
export function counterOf(callees: readonly Value[]): string | undefined {
  return ofKind(callees, "package")
    .map(helperOf)
    .find((name) => name === "uniqueId");
}

/** What makes a promise that others settle: `Promise.withResolvers()`, `new Promise((resolve) => …)`. */
export function promiseMadeBy(module: Module, call: ESTree.Node): string | undefined {
  if (call.type !== "CallExpression" && call.type !== "NewExpression") return undefined;
  const callee = unwrap(call.callee);
  const isGlobal = (node: ESTree.Node) =>
    node.type === "Identifier" && node.name === "Promise" && !module.variableOf(node);
  if (call.type === "NewExpression") return isGlobal(callee) ? "new Promise" : undefined;
  if (callee.type !== "MemberExpression" || !isGlobal(callee.object)) return undefined;
  return propertyName(callee) === "withResolvers" ? "Promise.withResolvers" : undefined;
}
