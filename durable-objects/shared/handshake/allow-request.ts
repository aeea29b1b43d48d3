/**
 * `allowRequest`, in both its forms: upstream's, which calls back, and the one that answers by what it
 * returns or throws and gets the platform's environment. A function with two parameters may be of
 * either, so its second argument is the environment *and* can be called.
 */
import { isThenable } from "../../../glue/common/values.ts";
import type { EngineRequest } from "../../../glue/engine/handshake/request.ts";
import type { AllowRequest, AllowRequestCallback } from "../../../glue/engine/options/options.ts";
import type { Patience } from "./application-answers.ts";

/** The answer; `message` is told to a client that is refused. */
export interface Decision {
  isAllowed: boolean;
  message?: string | null | undefined;
}

const ALLOWED: Decision = { isAllowed: true };
/** Parameters of the form that calls back. */
const CALLBACK_FORM = 2;

/**
 * Asks. A boolean is an answer, returned or promised, and so is an error, thrown or promised. A function
 * that comes to its end without any has allowed the request; but where it has two parameters and has not
 * looked at the environment, its callback is waited for. `context`: the environment, and what else the
 * platform gives. Rejects with an `UnansweredError` when patience is over.
 */
export function askAllowRequest(
  allow: AllowRequest,
  request: EngineRequest,
  context: readonly unknown[],
  patience: Patience,
): Decision | Promise<Decision> {
  const decision = new Promise<Decision>((resolve) => {
    const refuse = (error: unknown): void => {
      const message = error instanceof Error ? error.message : String(error ?? "");
      resolve({ isAllowed: false, message });
    };
    const callback = (message: string | null | undefined, success: boolean): void => {
      resolve(success ? ALLOWED : { isAllowed: false, message });
    };
    const [environment, ...rest] = context;
    const mayCallBack = allow.length === CALLBACK_FORM;
    const second = new CallableEnvironment(callback, environment);
    const settle = (answer: unknown): void => {
      if (typeof answer === "boolean") resolve({ isAllowed: answer });
      else if (!mayCallBack || second.isRead) resolve(ALLOWED);
    };
    try {
      const ask = allow as (...args: unknown[]) => unknown;
      const returned = ask(request, ...(mayCallBack ? [second.value, ...rest] : context));
      if (isThenable(returned)) returned.then(settle, refuse);
      else settle(returned);
    } catch (error) {
      refuse(error);
    }
  });
  return patience.wait(decision, "allowRequest");
}

/** What may be read like the platform's environment and called like upstream's callback. */
class CallableEnvironment {
  readonly value: AllowRequestCallback;
  /** Whether anything of the environment was asked for. */
  isRead = false;

  /** `environment`: undefined where the platform has none. */
  constructor(callback: AllowRequestCallback, environment: unknown) {
    const isObject = typeof environment === "object" && environment !== null;
    this.value = isObject ? new Proxy(callback, this.#reads(environment)) : callback;
  }

  #reads(environment: object): ProxyHandler<AllowRequestCallback> {
    const note = (): object => {
      this.isRead = true;
      return environment;
    };
    return {
      get: (callback, key) => {
        // `call`, `apply` and their like, unless the environment has something of that name.
        if (!(key in environment) && key in callback) return Reflect.get(callback, key);
        return Reflect.get(note(), key);
      },
      has: (_callback, key) => Reflect.has(note(), key),
      ownKeys: () => Reflect.ownKeys(note()),
      getOwnPropertyDescriptor: (_callback, key) => {
        const descriptor = Reflect.getOwnPropertyDescriptor(note(), key);
        // A proxy must report properties that its target does not have as configurable.
        return descriptor && { ...descriptor, configurable: true };
      },
    };
  }
}
