/** Which calls write where others see it, so that a replay would write twice. */
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import { argumentsOf, propertyName, textOf, unwrap } from "../code/syntax.ts";
import { has } from "../code/value.ts";
import type { Evaluator } from "../values/evaluator.ts";

/** Methods of databases, stores and queues that change something. */
const WRITES =
  /^(put|insert\w*|update\w*|upsert\w*|delete\w*|remove\w*|create\w*|save\w*|incr\w*|decr\w*|increment\w*|decrement\w*|h?set(nx|ex)?|hincrby|hmset|del|sadd|srem|zadd|zrem|[lr]push|xadd|append|add|publish|sendMessage|sendMail|enqueue|bulkWrite|findOneAnd\w+|findByIdAnd\w+|replaceOne|send|post|patch)$/i;
const SENDS_SQL = /^(query|execute|run|exec|prepare|all|get|unsafe|raw|\$executeRaw\w*)$/;
const SQL_WRITE = /^\s*(insert|update|delete|replace|merge|create|drop|alter|truncate)\b/i;
const SAFE_METHODS = /^(get|head|options)$/i;
/** Packages that only make values, or talk to the developer. */
const HARMLESS =
  /^(debug|pino|winston|bunyan|loglevel|signale|chalk|consola|uuid|nanoid|zod|joi|lodash\S*|ramda|dayjs|moment|date-fns\S*|jsonwebtoken|jose|immer|rxjs\S*|events|node:\S+|path|util|crypto|url|assert|os)$/;

/** What a call writes to, as a message names it; nothing if it does not write. */
export function effectOf(
  evaluator: Evaluator,
  module: Module,
  call: ESTree.SimpleCallExpression,
): string | undefined {
  const callee = unwrap(call.callee);
  if (callee.type === "Identifier") {
    const isFetch = callee.name === "fetch" && !module.variableOf(callee);
    return isFetch && isWritingRequest(call) ? "fetch" : undefined;
  }
  if (callee.type !== "MemberExpression") return undefined;
  const name = propertyName(callee) ?? "";
  if (!isOutside(evaluator, module, callee.object)) return undefined;
  const text = textOf(argumentsOf(call)[0]);
  const isWrite =
    (WRITES.test(name) && !(SENDS_SQL.test(name) && text !== undefined)) ||
    (SENDS_SQL.test(name) && SQL_WRITE.test(text ?? ""));
  return isWrite ? module.source.getText(callee).replace(/\s+/g, "").slice(0, 60) : undefined;
}

/** SQL in a tagged template: postgres and its kin. */
export function effectOfTag(
  evaluator: Evaluator,
  module: Module,
  node: ESTree.TaggedTemplateExpression,
): string | undefined {
  const text = node.quasi.quasis[0]?.value.cooked ?? "";
  if (!SQL_WRITE.test(text) || !isOutside(evaluator, module, node.tag)) return undefined;
  return module.source.getText(node.tag).slice(0, 60);
}

function isOutside(evaluator: Evaluator, module: Module, node: ESTree.Node): boolean {
  const values = evaluator.evaluate(module, node);
  if (
    ["server", "socket", "kept", "engine", "sockets"].some((kind) => has(values, kind as "kept"))
  ) {
    return false;
  }
  return values.some(
    (value) => (value.kind === "outside" || value.kind === "package") && !HARMLESS.test(value.name),
  );
}

function isWritingRequest(call: ESTree.SimpleCallExpression): boolean {
  const options = argumentsOf(call)[1];
  if (options?.type !== "ObjectExpression") return false;
  return options.properties.some((property) => {
    if (property.type !== "Property" || propertyName(property) !== "method") return false;
    const method = textOf(property.value);
    return method !== undefined && !SAFE_METHODS.test(method);
  });
}
