/** The functions that a router is given: middlewares, and handlers with what they may return. */

import type { AnyTypes, RouterTypes } from "../types.ts";
import type { Context } from "./context.ts";

/** Goes on with what stands behind, and resolves when that has ended. */
export type Next = () => Promise<void>;

/** A middleware in the style of Koa, for connections or for packets. */
export type Middleware<T extends RouterTypes = AnyTypes> = (ctx: Context<T>, next: Next) => unknown;

/** The last element of a tuple, or the element of an array. */
type Last<Values extends readonly unknown[]> = Values extends readonly [...unknown[], infer Final]
  ? Final
  : Values extends readonly (infer Element)[]
    ? Element
    : never;

// biome-ignore lint/suspicious/noConfusingVoidType: what functions return that return nothing
type Nothing = void;

type IsAny<Type> = 0 extends 1 & Type ? true : false;

/** What a handler may return: what it acknowledges the event with, if the event takes an answer. */
export type Answer<Args extends unknown[]> =
  IsAny<Last<Args>> extends true
    ? unknown
    : Last<Args> extends (...answer: infer Answers) => unknown
      ? Answers extends [infer First, ...unknown[]]
        ? First | Nothing | Promise<First | Nothing>
        : Nothing | Promise<Nothing>
      : unknown;

/** Handles an event. `this` is the context, too, as in egg. What it returns is the acknowledgement. */
export type Handler<T extends RouterTypes, Args extends unknown[]> = (
  this: Context<T, Args>,
  ctx: Context<T, Args>,
) => Answer<Args>;
