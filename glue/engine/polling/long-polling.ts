/** HTTP long-polling of one server: which sessions have it, and what may be asked of them. */

import * as HandshakeError from "../../core/abi/handshake-error.gen.ts";
import { handshakeErrorTexts } from "../../core/abi.gen.ts";
import type { Connection } from "../connections/connection.ts";
import { type EngineRequest, type HandshakeRequest, protocolOf } from "../handshake/request.ts";
import { NORMAL_CLOSURE } from "../host/close-codes.ts";
import type { HostTransport } from "../host/host.ts";
import type {
  PollingAnswer,
  PollingOwner,
  PollingRequest,
  PollingServer,
  PollingVisitor,
} from "../options/polling-support.ts";
import { serializeCookie } from "./cookie.ts";
import { adviseOnCors } from "./cors-advice.ts";
import { exchangeOf, toResponse } from "./fetch-requests.ts";
import { Probe, type ProbeTable } from "./probe.ts";
import { type PollingHome, PollingTransport } from "./transport.ts";

const NO_JSONP = "JSONP polling is not supported";

export class LongPolling implements PollingServer, PollingHome, ProbeTable {
  readonly runtime: PollingOwner;
  /** Sessions that are over, of which their clients have to be told, by id. */
  readonly #ending = new Map<string, PollingTransport>();
  readonly probes = new Map<object, Probe>();
  #isElsewhere = false;

  constructor(runtime: PollingOwner) {
    this.runtime = runtime;
  }

  // --- checks --------------------------------------------------------------------------------------

  review(code: number, { request, isUpgrade }: HandshakeRequest): number {
    const { sid = "" } = request._query;
    if (code === HandshakeError.unknown_sid) {
      const isKnown = this.#isElsewhere || (!isUpgrade && this.#ending.has(sid));
      return isKnown ? HandshakeError.none : code;
    }
    if (code !== HandshakeError.none) return code;
    const problem = explainJsonp(request) ?? this.#explainProtocol(request);
    return problem === undefined ? code : HandshakeError.bad_request;
  }

  explain(request: EngineRequest): Record<string, unknown> | undefined {
    const problem = explainJsonp(request) ?? this.#explainProtocol(request);
    if (problem !== undefined) return problem;
    const { sid = "", transport } = request._query;
    const previousTransport = this.#find(sid)?._transport.name;
    if (previousTransport === undefined || previousTransport === transport) return undefined;
    return { name: "TRANSPORT_MISMATCH", transport, previousTransport };
  }

  #explainProtocol(request: EngineRequest): Record<string, unknown> | undefined {
    const previousProtocol = this.#find(request._query.sid ?? "")?.protocol;
    const protocol = protocolOf(request);
    if (previousProtocol === undefined || previousProtocol === protocol) return undefined;
    return { name: "PROTOCOL_MISMATCH", protocol, previousProtocol };
  }

  leaveSessionsToOthers(): void {
    this.#isElsewhere = true;
  }

  // --- requests ------------------------------------------------------------------------------------

  async answer(visitor: PollingVisitor, request: PollingRequest): Promise<PollingAnswer> {
    const { sid } = visitor;
    if (sid === undefined) return this.#open(visitor, request);
    const transport = this.#ending.get(sid) ?? this.#find(sid)?._transport;
    if (transport instanceof PollingTransport) return transport.handle(request);
    // It has ended since the request was checked.
    const code = HandshakeError.unknown_sid;
    const body = JSON.stringify({ code, message: handshakeErrorTexts[code] });
    return { status: 400, headers: { "Content-Type": "application/json" }, body };
  }

  async respond(visitor: PollingVisitor, request: Request, headers?: Headers): Promise<Response> {
    if (visitor.sid === undefined) adviseOnCors(request, headers);
    return toResponse(await this.answer(visitor, exchangeOf(request)), headers);
  }

  async #open(visitor: PollingVisitor, exchange: PollingRequest): Promise<PollingAnswer> {
    const { id, protocol } = visitor;
    const { cookie } = this.runtime.options;
    const transport = new PollingTransport(this, id, protocol);
    const connection = this.runtime.handleOpen(transport, visitor);
    if (connection === undefined) return { status: 503, headers: {}, body: null };
    transport.bind(connection);
    const answer = await transport.handle(exchange);
    if (cookie) answer.headers["Set-Cookie"] = serializeCookie(id, cookie);
    return answer;
  }

  // --- upgrades ------------------------------------------------------------------------------------

  upgrade(
    sid: string,
    key: object,
    webSocket: HostTransport,
    bind: (connection: Connection) => void,
  ): void {
    const connection = this.#find(sid);
    const polling = connection?._transport;
    if (!(polling instanceof PollingTransport) || polling.probe !== undefined) {
      webSocket.close(NORMAL_CLOSURE, "there is no session to upgrade");
      return;
    }
    this.runtime.debug?.("engine", `${sid}: a WebSocket wants to take over`);
    polling.probe = new Probe(key, connection as Connection, polling, webSocket, bind);
  }

  receive(key: object, message: unknown): void {
    this.probes.get(key)?.receive(message);
  }

  lose(key: object): void {
    this.probes.get(key)?.abandon("the WebSocket is gone");
  }

  // --- the end -------------------------------------------------------------------------------------

  keepEnding(sid: string, transport: PollingTransport): void {
    this.#ending.set(sid, transport);
  }

  forgetEnding(sid: string, transport: PollingTransport): void {
    if (this.#ending.get(sid) === transport) this.#ending.delete(sid);
  }

  #find(sid: string): Connection | undefined {
    const handle = sid === "" ? undefined : this.runtime._everybody.findConnection(sid);
    return handle === undefined ? undefined : this.runtime._table.get(handle);
  }
}

/** It would run what the server sends as a script, and nobody needs it who has `XMLHttpRequest`. */
function explainJsonp({
  _query: { transport, j },
}: EngineRequest): Record<string, unknown> | undefined {
  if (transport !== "polling" || j === undefined) return undefined;
  return { name: "JSONP", message: NO_JSONP };
}
