import { type RunningWorker, startWorker } from "../support/miniflare.ts";

/** A Worker with an object for each of these modules, whose `setup` is its server: the class of the first is `<name>0`. */
export function startSetups(
  modules: readonly string[],
  name: string,
  flag = "nodejs_als",
): Promise<RunningWorker> {
  const classes = modules.map(
    (path, number) => `
      import { setup as setup${number} } from ${JSON.stringify(path)};
      export class ${name}${number} extends createServer((io) => {
        addFence(io);
        setup${number}(io);
      }) {}`,
  );
  const source = `
    import { createServer, routeSocketIO } from "dormouse-io";
    import { addFence } from "./tests/applications/fence.ts";
    ${classes.join("\n")}
    export default {
      async fetch(request, env) {
        const url = new URL(request.url);
        const [, binding, ...rest] = url.pathname.split("/");
        url.pathname = "/" + rest.join("/");
        return await routeSocketIO(new Request(url, request), env[binding]);
      },
    };`;
  const names = modules.map((_, number) => `${name}${number}`);
  return startWorker({
    entry: { source },
    classes: Object.fromEntries(names.map((one) => [one, one])),
    compatibilityFlags: [flag],
  });
}
