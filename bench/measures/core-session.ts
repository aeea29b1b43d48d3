import { readFileSync } from "node:fs";
import * as EffectKind from "../../glue/core/abi/effect-kind.gen.ts";
import * as PongSource from "../../glue/core/abi/pong-source.gen.ts";
import { configDefaults } from "../../glue/core/abi.gen.ts";
import { Core } from "../../glue/core/core.ts";

/** The clock of these measures, which stands still. */
export const NOW = 1_000_000;

/** The core as the Durable Object host sets it up, outside any host. */
export function createCore(): Core {
  const wasm = readFileSync(new URL("../../wasm/core.wasm", import.meta.url));
  return new Core(new WebAssembly.Module(wasm), {
    pingInterval: configDefaults.pingInterval,
    pingTimeout: configDefaults.pingTimeout,
    connectTimeout: configDefaults.connectTimeout,
    maxPayload: configDefaults.maxPayload,
    maxAttachments: configDefaults.maxAttachments,
    maxNamespaceLength: configDefaults.maxNamespaceLength,
    maxSessionsPerConnection: configDefaults.maxSessionsPerConnection,
    maxConnections: configDefaults.maxConnections,
    pongSource: PongSource.auto_response,
  });
}

/** Connects to a namespace as a client and its host do; returns the session. */
export function joinNamespace(
  core: Core,
  connection: number,
  namespace: number,
  sessionId: string,
): number {
  const name = core.namespaceName(namespace);
  core.handleText(NOW, connection, name === "/" ? "40" : `40${name},`);
  const request = core.pollEffects().find(({ kind }) => kind === EffectKind.connect);
  if (request?.kind !== EffectKind.connect) throw new Error("the core asked for no admission");
  core.assign(request.session, namespace, sessionId);
  core.admit(request.session, "");
  core.pollEffects();
  return request.session;
}
