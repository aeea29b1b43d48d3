/**
 * A PartyKit project's edge: what happens to a request before it gets to a room. A room accepts each
 * WebSocket before its code may say anything, so the handshake is negotiated here. What came of it
 * goes to the room in `request.cf`, which the platform fills and no client can: a room that is asked
 * without it was not asked by its edge.
 */

import { describe } from "../../glue/common/option-checks.ts";
import type { HandshakeDetails, Host } from "../../glue/engine/host/host.ts";
import { addOwnHeaders } from "../../glue/engine/polling/answer-headers.ts";
import { Runtime } from "../../glue/engine/runtime/runtime.ts";
import { dataPartOf } from "../../glue/sleep/values/data-part.ts";
import { propertiesBeside } from "../../glue/sleep/values/properties.ts";
import type { ResolvedOptions } from "../../glue/socket.io/server/options.ts";
import { diagnosticsPart } from "../shared/diagnostics/diagnostics-part.ts";
import { detailsOf, FetchedRequest } from "../shared/handshake/fetched-request.ts";
import {
  isUnderPath,
  isUrlUnderPath,
  negotiate,
  type PathOptions,
} from "../shared/handshake/handshake.ts";
import { isUpgrade, switchProtocols } from "../shared/object/object-server.ts";
import { cores } from "../shared/platform/core-module.ts";
import { HostBasics } from "../shared/platform/host-basics.ts";
import { answeringMistakes, WorkerMistake } from "../shared/routing/worker-mistakes.ts";

/** The room that a client lands in, by its request. */
export type ChooseRoom = (request: Request) => string | Promise<string>;

/** What the edge tells the room. */
export interface Handshake {
  /** The session that the client comes back to, if it says so; whether there is one only the room knows. */
  sid?: string | undefined;
  /** That of the session: for a new one, from `generateId`. */
  id: string;
  isPolling?: true;
  protocol: 3 | 4;
  /** The request as the client sent it, and as functions at the edge have changed it. */
  details: HandshakeDetails;
  /** The properties that these functions have set on it, if they are data. */
  own?: Record<string, unknown> | undefined;
}

/** As much of PartyKit's lobby as is needed here. */
export interface Lobby {
  parties: Record<string, { get(room: string): RoomStub }>;
}

interface RoomStub {
  fetch(path: string, init: RequestInit): Promise<Response>;
}

/** The property of `request.cf`. */
const CF_KEY = "dormouse";
const MAIN_PARTY = "main";

/** The hooks of one party class. */
export class Edge {
  readonly #options: ResolvedOptions;
  readonly #chooseRoom: ChooseRoom;
  #runtime: Runtime | undefined;

  constructor(options: ResolvedOptions, chooseRoom: ChooseRoom) {
    this.#options = options;
    this.#chooseRoom = chooseRoom;
  }

  /** A request outside of all parties. Null if it is not ours. */
  async handleFetch(request: Request, lobby: Lobby, ctx: unknown): Promise<Response | null> {
    if (!isUrlUnderPath(request.url, this.#options.path, this.#options)) {
      diagnosticsPart?.adviseOnPath(request, this.#options.path);
      return null;
    }
    return answeringMistakes(() => this.#handle(request, lobby, ctx, MAIN_PARTY));
  }

  /** A request to a room. If it is not ours it goes on, as it is returned. */
  async handleParty(request: Request, lobby: Lobby, ctx: unknown): Promise<Request | Response> {
    const target = findRoom(new URL(request.url).pathname);
    if (target !== undefined && isUnderPath(target.rest, this.#options.path, this.#options)) {
      const { party, room } = target;
      return answeringMistakes(() => this.#handle(request, lobby, ctx, party, room));
    }
    diagnosticsPart?.adviseOnPath(request, this.#options.path);
    return request;
  }

  async #handle(
    request: Request,
    lobby: Lobby,
    ctx: unknown,
    party: string,
    room?: string,
  ): Promise<Response> {
    this.#runtime ??= this.#start();
    const asked = new FetchedRequest(detailsOf(request), request);
    const arriving = { request: asked, isUpgrade: isUpgrade(request) };
    const negotiation = await negotiate(this.#runtime, arriving, request, lobby, ctx);
    if (negotiation.kind === "answered") {
      const { body, status, headers } = negotiation;
      return new Response(body, { status, headers });
    }
    const { sid, id, protocol, isPolling } = negotiation;
    const stub = lobby.parties[party]?.get(room ?? (await this.#findRoom(request)));
    if (stub === undefined) {
      throw new WorkerMistake(
        "party",
        `there is no party "${party}" among the parties of the project's configuration`,
      );
    }
    const own = propertiesBeside(new Set(), asked, dataPartOf);
    const handshake: Handshake = { sid, id, protocol, details: asked._details.value, own };
    if (isPolling) handshake.isPolling = true;
    // The room's URL is kept in the attachment of each connection: it had better be short.
    const response = await stub.fetch(`${this.#options.path}/`, {
      method: request.method,
      headers: request.headers,
      body: request.body,
      cf: { [CF_KEY]: handshake } as RequestInitCfProperties,
    });
    if (isPolling) return withHeaders(response, negotiation.headers);
    if (response.webSocket === null) return response;
    return switchProtocols(response.webSocket, negotiation);
  }

  #start(): Runtime {
    const runtime = new Runtime(new EdgeHost(), cores, this.#options);
    runtime.polling?.leaveSessionsToOthers();
    return runtime;
  }

  /** The chosen room as a part of a path, which is how PartyKit knows rooms. */
  async #findRoom(request: Request): Promise<string> {
    const room: unknown = await this.#chooseRoom(request);
    if (typeof room === "string" && room !== "") return encodeURIComponent(room);
    throw new WorkerMistake(
      "room",
      `option "room" must give the name of a room, a string that is not empty; it gave ${describe(room)}`,
    );
  }
}

/** The room's answer, with what the application's functions at the edge add. */
function withHeaders(response: Response, added: Headers | undefined): Response {
  if (added === undefined) return response;
  const headers = addOwnHeaders(added, response.headers);
  return new Response(response.body, { status: response.status, headers });
}

/** What the edge tells of a connection; undefined if it is not ours. */
export function readHandshake(request: Request): Handshake | undefined {
  // The platform freezes what comes with a request; the application may change it.
  return structuredClone((request.cf as Record<string, unknown> | undefined)?.[CF_KEY]) as
    | Handshake
    | undefined;
}

/** Whether the URL of a room's request is one that its edge would have answered. */
export function isSocketIoUrl(url: string, path: string, options: PathOptions): boolean {
  const target = findRoom(new URL(url).pathname);
  return target !== undefined && isUnderPath(target.rest, path, options);
}

/** `/parties/:party/:room/…`, or `/party/:room/…` for the main party. */
function findRoom(pathname: string): { party: string; room: string; rest: string } | undefined {
  const [, first, ...parts] = pathname.split("/");
  const party = first === "parties" ? parts.shift() : first === "party" ? MAIN_PARTY : undefined;
  const room = parts.shift();
  return party && room ? { party, room, rest: `/${parts.join("/")}` } : undefined;
}

/** The edge has no connections: the core checks handshakes there, and that is all. */
class EdgeHost extends HostBasics implements Host {
  readonly answersPongs = false;

  schedule(): void {}
}
