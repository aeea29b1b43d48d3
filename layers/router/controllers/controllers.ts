/** Controller classes: each packet gets an instance of its own, as in egg. */
import type { Context } from "../handling/context.ts";
import type { Any, AnyTypes } from "../types.ts";

/**
 * What controllers may extend. A class that does not is given the context all the same, as its
 * constructor's argument, as `this.ctx`, and as the argument of its methods.
 *
 * @example
 * class ChatController extends Controller<Context<Chat>> {
 *   async ping() {
 *     const [message] = this.ctx.args;
 *     this.ctx.emit("res", `Hi! I've got your message: ${message}`);
 *   }
 * }
 */
export class Controller<Ctx = Context<AnyTypes>> {
  /** The context of the event that is being handled. */
  readonly ctx: Ctx;

  constructor(ctx: Ctx) {
    this.ctx = ctx;
  }

  /** The same as `ctx.app`. */
  get app(): Ctx extends { app: infer App } ? App : unknown {
    return (this.ctx as { app: Any }).app;
  }
}

/** A class whose methods are handlers: it is made with the context, once for each event. */
export type ControllerClass = new (ctx: Any) => object;

/** The names of the methods that can be routed: those that do not begin with an underscore. */
export type ActionNames<Target> = {
  [Name in keyof Target & string]: Name extends `_${string}` | "ctx" | "app" | "constructor"
    ? never
    : Target[Name] extends (...args: Any[]) => unknown
      ? Name
      : never;
}[keyof Target & string];

/** A class's methods, or an object's functions, as handlers. */
export type Actions<Target> = Target extends new (
  ctx: infer Ctx,
) => infer Instance
  ? {
      [Name in ActionNames<Instance>]: (
        ctx: ContextFor<Ctx, Instance[Name]>,
      ) => Result<Instance[Name]>;
    }
  : { [Name in ActionNames<Target>]: Target[Name] };

/** What a method declares as its context; else what the constructor does. */
type ContextFor<Ctx, Method> = Method extends (...args: infer Args) => unknown
  ? Args extends [infer Own, ...unknown[]]
    ? Own
    : unknown extends Ctx
      ? Any
      : Ctx
  : never;

type Result<Method> = Method extends (...args: Any[]) => infer Returned ? Returned : never;

/**
 * The methods of a controller class as handlers for `route`, inherited ones included, those whose names
 * begin with an underscore excepted.
 *
 * @example
 * const chat = actionsOf(ChatController);
 * router.route("chat", chat.ping);
 */
export function actionsOf<Class extends ControllerClass>(controller: Class): Actions<Class> {
  const actions: Record<string, (ctx: Any) => unknown> = {};
  let prototype: object | null = controller.prototype;
  while (prototype !== null && prototype !== Object.prototype) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (typeof value !== "function" || !isAction(name) || Object.hasOwn(actions, name)) continue;
      actions[name] = (ctx) => callOn(controller, name, ctx);
    }
    prototype = Object.getPrototypeOf(prototype);
  }
  return actions as Actions<Class>;
}

/** Whether something is declared with `class`. */
export function isClass(value: unknown): value is ControllerClass {
  return typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
}

/** The functions of a controller, whether it is a class or an object. */
export function listActions(controller: object): [name: string, action: unknown][] {
  const actions: object = isClass(controller) ? actionsOf(controller) : controller;
  return Object.entries(actions).filter(([name, action]) => {
    return typeof action === "function" && isAction(name);
  });
}

function callOn(controller: ControllerClass, name: string, ctx: unknown): unknown {
  const instance = new controller(ctx) as Record<string, unknown>;
  if (instance.ctx === undefined) instance.ctx = ctx;
  return (instance[name] as (ctx: unknown) => unknown)(ctx);
}

function isAction(name: string): boolean {
  return name !== "constructor" && !name.startsWith("_");
}
