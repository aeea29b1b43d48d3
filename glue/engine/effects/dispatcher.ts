/**
 * Carries out the core's effects in their order: frames to sockets, packets and ends to the
 * application. What the application throws is reported and disturbs nobody else.
 */
import { DIAGNOSTICS } from "../../common/diagnostics.ts";
import * as EffectKind from "../../core/abi/effect-kind.gen.ts";
import type { CloseEffect, DeliverEffect, Effect, PacketEffect } from "../../core/effects.ts";
import type { Connection } from "../connections/connection.ts";
import { emitOn } from "../connections/connection-events.ts";
import { type ClosedConnection, Disconnects, type DisconnectsOwner } from "./disconnects.ts";
import { IncomingPackets, type PacketsOwner } from "./incoming-packets.ts";

/** `io.engine`, as it hears of connections that open. */
export interface AnnouncingEngine {
  /** Whether the ids of connections are made here, and not by a function of the application's. */
  readonly _makesIds: boolean;
  listenerCount(event: "connection"): number;
  _announce(connection: Connection): void;
}

/** What effects need of the runtime. */
export interface DispatcherOwner extends PacketsOwner, DisconnectsOwner {
  readonly engine: AnnouncingEngine;
  readonly beforeSending: (() => void) | undefined;
  /** Sets the time at which the core wants to be called, in milliseconds since the epoch, or `NEVER`. */
  _schedule(time: number): void;
  /** A message has overtaken the heartbeat: sends the pings that are due before it is handled. */
  _sendPings(): void;
}

export class Dispatcher {
  readonly #runtime: DispatcherOwner;
  readonly #packets: IncomingPackets;
  readonly #disconnects: Disconnects;
  /** Effects of restored connections, until the application is ready for them. */
  #deferred: Effect[] = [];
  /** Changes when the core is replaced: effects of the old one are void. */
  #epoch = 0;

  constructor(runtime: DispatcherOwner) {
    this.#runtime = runtime;
    this.#packets = new IncomingPackets(runtime, (effects) => this.dispatch(effects));
    this.#disconnects = new Disconnects(runtime);
  }

  /** Carries out the effects of a call of the core. `text` or `bytes`: the message that led to them, if one did. */
  dispatch(effects: readonly Effect[], text?: string, bytes?: Uint8Array): void {
    const epoch = this.#epoch;
    const closed: ClosedConnection[] = [];
    let before: number | undefined;
    for (const effect of effects) {
      // Once for effects in a row: no code of the application has run between them.
      if (leaves(effect.kind) && !leaves(before)) this.#runtime.beforeSending?.();
      before = effect.kind;
      if (effect.kind === EffectKind.close) {
        const connection = this.#disconnects.close(effect);
        if (connection !== undefined) closed.push(connection);
      } else {
        this.#apply(effect, text, bytes);
      }
      if (epoch !== this.#epoch) return;
    }
    for (const connection of closed) this.#disconnects.finish(connection);
  }

  /** The effects of opening a connection. `connection` is emitted after its first packet is sent. */
  open(connection: Connection, effects: readonly Effect[]): void {
    const { id, protocol } = connection;
    if (DIAGNOSTICS)
      this.#runtime.debug?.(
        "engine",
        `${id}: open (protocol ${protocol}, from ${connection.remoteAddress})`,
      );
    const epoch = this.#epoch;
    let hasOthers = false;
    this.#runtime.beforeSending?.();
    const { engine } = this.#runtime;
    const isIdOurs = engine._makesIds;
    for (const effect of effects) {
      if (effect.kind === EffectKind.send) {
        this.#send(effect.connection, isIdOurs ? effect.text : escapeHalves(effect.text));
      } else hasOthers = true;
    }
    if (engine.listenerCount("connection") > 0) {
      this.guard("engine connection", () => engine._announce(connection));
    }
    if (epoch !== this.#epoch || !hasOthers) return;
    const others = effects.filter(({ kind }) => kind !== EffectKind.send);
    this.dispatch(others);
  }

  /** The effects of losing a connection, whose transport is closed already. */
  lose(
    connection: Connection,
    effects: readonly Effect[],
    reason: number,
    description: unknown,
  ): void {
    connection._description = description;
    this.#runtime._table.markClosed(connection);
    const epoch = this.#epoch;
    this.dispatch(effects);
    if (epoch === this.#epoch) this.#disconnects.finish({ connection, reason });
  }

  /** Keeps effects for `releaseDeferred`. */
  defer(effects: readonly Effect[]): void {
    this.#deferred.push(...effects);
  }

  releaseDeferred(): void {
    const effects = this.#deferred;
    if (effects.length === 0) return;
    this.#deferred = [];
    this.#packets.besidePacket(() => this.dispatch(effects));
  }

  /** Drops every effect that is still to be dispatched. */
  abandon(): void {
    this.#epoch += 1;
    this.#deferred = [];
  }

  /** Tells the application that a connection did not survive a trap. */
  lost(connection: Connection): void {
    this.guard("reset", () => this.#runtime.application.onLost?.(connection));
    emitOn(this.#runtime, connection, "close", "transport error");
  }

  /** Runs what belongs to the application: what it throws is reported. */
  guard(where: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#runtime._report(error, where);
    }
  }

  /** Hands an EVENT or ACK to the application: the one effect of most messages. */
  deliver(effect: Readonly<DeliverEffect>, text: string | undefined): void {
    this.#packets.deliver(effect, text);
  }

  #apply(
    effect: Exclude<Effect, CloseEffect>,
    text: string | undefined,
    bytes: Uint8Array | undefined,
  ): void {
    switch (effect.kind) {
      case EffectKind.event:
      case EffectKind.ack:
        this.#packets.deliver(effect, text);
        break;
      case EffectKind.send:
        this.#send(effect.connection, effect.text);
        break;
      case EffectKind.connect:
        this.#packets.connect(effect, text);
        break;
      case EffectKind.pending:
        this.#packets.keepForAttachments(effect, text);
        break;
      case EffectKind.attachment:
        this.#packets.addAttachment(effect, text, bytes);
        break;
      case EffectKind.error:
        this.#disconnects.error(effect.session, effect.fault, text, this.#packets.decodeError);
        break;
      case EffectKind.closing:
        this.#disconnects.closing(effect);
        break;
      case EffectKind.message:
        this.#packets.decode(effect, text, bytes);
        break;
      case EffectKind.packet:
        this.#encode(effect);
        break;
      case EffectKind.deadline:
        this.#runtime._schedule(effect.time);
        break;
      case EffectKind.overdue:
        this.#runtime._sendPings();
        break;
      case EffectKind.heartbeat: {
        const connection = this.#runtime._table.get(effect.connection);
        if (connection?._listeners !== undefined) emitOn(this.#runtime, connection, "heartbeat");
      }
    }
  }

  #send(handle: number, text: string): void {
    const connection = this.#runtime._table.get(handle);
    connection?._send(text, undefined);
  }

  #encode({ connection: handle, type, name, payload }: PacketEffect): void {
    if (typeof DORMOUSE_PARSER !== "undefined" && !DORMOUSE_PARSER) return;
    const connection = this.#runtime._table.get(handle);
    const frames = this.#runtime.codec.encodeFromCore?.(type, name, payload) ?? [];
    for (const frame of frames) connection?._send(frame, undefined);
  }
}

/** Escapes lone surrogates, which ids made by the application may have, and which UTF-8 cannot carry. */
function escapeHalves(json: string): string {
  return json.replace(/\p{Surrogate}/gu, (half) => `\\u${half.charCodeAt(0).toString(16)}`);
}

/** Whether an effect of this kind sends something to the client. */
function leaves(kind: number | undefined): boolean {
  return kind === EffectKind.send || kind === EffectKind.packet || kind === EffectKind.close;
}
