/** The forms of `allowRequest` and their types, which upstream has only one of. */
import type { ServerOptions } from "../../glue/socket.io/server/options.ts";

interface Env {
  SECRET: string;
}

type Options = ServerOptions<Env>;

export const callingBack: Options = {
  allowRequest: (request, callback) => {
    callback(null, request.headers.origin === "https://a.example");
    callback("a message", false);
    callback(undefined, true);
    // @ts-expect-error: whether it is allowed is missing
    callback("a message");
    // @ts-expect-error: in the wrong order
    callback(true, null);
  },
};

export const reading: Options = {
  allowRequest: async (request, env, ctx) => {
    const secret: string = env.SECRET;
    // @ts-expect-error: not in the environment
    env.SECERT;
    // @ts-expect-error: `url` is not sure to be there
    request.url.length;
    return ctx !== undefined && request._query.token === secret;
  },
};

export const annotated: Options[] = [
  { allowRequest: (_request, env: Env) => env.SECRET === "" },
  {
    allowRequest: (_request, callback: (message: string | null, success: boolean) => void) => {
      callback(null, true);
    },
  },
  { allowRequest: () => false },
  { allowRequest: async (request) => request.method === "GET" },
  // @ts-expect-error: another environment
  { allowRequest: (_request, env: { OTHER: number }) => env.OTHER > 1 },
];

export const editing: Options = {
  editHandshakeHeaders: (headers, _request, env) => headers.set("x-secret", env.SECRET),
  // @ts-expect-error: not in the environment
  editResponseHeaders: (headers, _request, env) => headers.set("x-secret", env.SECERT),
};

/** Where there is no environment, as on Node, the second parameter is the callback. */
export const withoutEnvironment: ServerOptions<unknown> = {
  allowRequest: (_request, callback) => {
    callback(null, true);
    // @ts-expect-error: there is no environment
    callback.SECRET;
  },
};
