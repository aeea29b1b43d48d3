/**
 * Event maps and what follows from them: the types behind `Server<ListenEvents, EmitEvents, …>`.
 * They accept and refuse what `socket.io` 4.8's own types accept and refuse (tests/types).
 */
import type { Any } from "../../common/any.ts";
import { EventEmitter, type EventName } from "../../common/event-emitter.ts";
import { isThenable } from "../../common/values.ts";

export type { Any };

type AnyFunction = (...args: Any[]) => Any;

/** Maps event names to the signatures of their listeners. */
export interface EventsMap {
  [event: string]: Any;
}

/** The map of those who declare none: every event, any arguments. */
export interface DefaultEventsMap {
  [event: string]: (...args: Any[]) => void;
}

/** The names of a map. */
export type EventNames<Map extends EventsMap> = keyof Map & (string | symbol);

/** The arguments of one event. */
export type EventParams<Map extends EventsMap, Ev extends EventNames<Map>> = Parameters<Map[Ev]>;

type IsAny<T> = 0 extends 1 & T ? true : false;

/** The last element of a tuple, or the element of an array. */
export type Last<Values extends readonly unknown[]> = Values extends readonly [infer Only]
  ? Only
  : Values extends readonly [unknown, ...infer Others]
    ? Last<Others>
    : Values extends readonly (infer Element)[]
      ? Element
      : never;

/** A tuple without its last element. */
export type AllButLast<Values extends Any[]> = Values extends [...infer Leading, unknown]
  ? Leading
  : Any[];

/** Whether one of the events is declared with `any`, so that nothing is known of its last argument. */
type IsUntyped<Map extends EventsMap, Ev extends EventNames<Map>> = IsAny<
  Last<Parameters<Map[Ev]>> | Map[Ev]
>;

type EndsWithAck<Args extends unknown[]> = Args extends never[]
  ? false
  : Last<Args> extends AnyFunction
    ? true
    : false;

/** The events whose last argument is an acknowledgement. */
export type EventNamesWithAck<Map extends EventsMap, Ev extends EventNames<Map> = EventNames<Map>> =
  IsUntyped<Map, Ev> extends true
    ? Ev
    : Ev extends unknown
      ? EndsWithAck<Parameters<Map[Ev]>> extends true
        ? Ev
        : never
      : never;

/** The events that take no acknowledgement. */
export type EventNamesWithoutAck<
  Map extends EventsMap,
  Ev extends EventNames<Map> = EventNames<Map>,
> =
  IsUntyped<Map, Ev> extends true
    ? Ev
    : Ev extends unknown
      ? EndsWithAck<Parameters<Map[Ev]>> extends true
        ? never
        : Ev
      : never;

/** The map without the events that take an acknowledgement: who broadcasts must set a timeout. */
export type RemoveAcknowledgements<Map extends EventsMap> = {
  [Ev in EventNamesWithoutAck<Map>]: Map[Ev];
};

type FirstParameter<F> = F extends (...args: infer Args) => Any ? Args[0] : never;

/** The events whose acknowledgement takes an error first: those after `timeout()`. */
export type EventNamesWithError<
  Map extends EventsMap,
  Ev extends EventNamesWithAck<Map> = EventNamesWithAck<Map>,
> =
  IsUntyped<Map, Ev> extends true
    ? Ev
    : Ev extends unknown
      ? FirstParameter<Last<Parameters<Map[Ev]>>> extends Error
        ? Ev
        : never
      : never;

/** What an acknowledgement answers, its error left out. */
export type FirstNonErrorArg<Ack> = Ack extends (...args: infer Args) => Any
  ? Args[0] extends Error
    ? Args[1]
    : Args[0]
  : Any;

type PrependError<Args extends Any[]> = {
  [Index in keyof Args]: Args[Index] extends (...args: infer AckArgs) => infer Result
    ? AckArgs[0] extends Error
      ? Args[Index]
      : (err: Error, ...args: AckArgs) => Result
    : Args[Index];
};

type ArrayOfEach<Values extends unknown[]> = {
  [Index in keyof Values]: Values[Index][];
};

/** The first element as a tuple of its own, which keeps its label. */
type LabelledFirst<Values extends Any[]> = Values extends [Any, ...infer Others]
  ? Values extends [...infer First, ...Others]
    ? First
    : never
  : never;

type GatherResponses<Args extends Any[]> = {
  [Index in keyof Args]: Args[Index] extends (...args: infer AckArgs) => infer Result
    ? AckArgs extends [Error]
      ? (err: Error) => Result
      : AckArgs extends [Error, ...infer Responses]
        ? (err: Error, ...args: LabelledFirst<ArrayOfEach<Responses>>) => Result
        : AckArgs extends []
          ? () => Result
          : (...args: LabelledFirst<ArrayOfEach<AckArgs>>) => Result
    : Args[Index];
};

/** Each acknowledgement takes an error first, as after `timeout()`. */
export type DecorateAcknowledgements<Map> = {
  [Ev in keyof Map]: Map[Ev] extends (...args: infer Args) => infer Result
    ? (...args: PrependError<Args>) => Result
    : Map[Ev];
};

/** Each acknowledgement takes the responses of all clients, as in a broadcast. */
export type DecorateAcknowledgementsWithMultipleResponses<Map> = {
  [Ev in keyof Map]: Map[Ev] extends (...args: infer Args) => infer Result
    ? (...args: GatherResponses<Args>) => Result
    : Map[Ev];
};

/** Each acknowledgement takes an error and the responses of all servers (`serverSideEmit`). */
export type DecorateAcknowledgementsWithTimeoutAndMultipleResponses<Map> = {
  [Ev in keyof Map]: Map[Ev] extends (...args: infer Args) => infer Result
    ? (...args: GatherResponses<PrependError<Args>>) => Result
    : Map[Ev];
};

/** The names that `on` takes: the library's own events and the application's. */
export type ReservedOrUserEventNames<
  ReservedEvents extends EventsMap,
  UserEvents extends EventsMap,
> = EventNames<ReservedEvents> | EventNames<UserEvents>;

/** The listener for such a name. A name that the compiler cannot tell yet takes any listener. */
export type ReservedOrUserListener<
  ReservedEvents extends EventsMap,
  UserEvents extends EventsMap,
  Ev extends ReservedOrUserEventNames<ReservedEvents, UserEvents>,
> = UntypedIfNever<
  Ev extends EventNames<ReservedEvents>
    ? ReservedEvents[Ev]
    : Ev extends EventNames<UserEvents>
      ? UserEvents[Ev]
      : never
>;

type UntypedIfNever<T> = [T] extends [never] ? (...args: Any[]) => void | Promise<void> : T;

/** Whatever has a typed `emit`. */
export interface TypedEventBroadcaster<EmitEvents extends EventsMap> {
  emit<Ev extends EventNames<EmitEvents>>(ev: Ev, ...args: EventParams<EmitEvents, Ev>): boolean;
}

type AnyListener = (...args: Any[]) => void;

/** The emitter with types for what event maps say; upstream does not type the other methods either. */
interface TypedEmitter<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ReservedEvents extends EventsMap,
> extends Pick<
    EventEmitter,
    "_listeners" | "_removeAt" | "eventNames" | "listenerCount" | "getMaxListeners" | "rawListeners"
  > {
  on<Ev extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    ev: Ev,
    listener: ReservedOrUserListener<ReservedEvents, ListenEvents, Ev>,
  ): this;
  once<Ev extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    ev: Ev,
    listener: ReservedOrUserListener<ReservedEvents, ListenEvents, Ev>,
  ): this;
  emit<Ev extends EventNames<EmitEvents>>(ev: Ev, ...args: EventParams<EmitEvents, Ev>): boolean;
  listeners<Ev extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    event: Ev,
  ): ReservedOrUserListener<ReservedEvents, ListenEvents, Ev>[];
  off(event: EventName, listener: AnyListener): this;
  addListener(event: EventName, listener: AnyListener): this;
  removeListener(event: EventName, listener: AnyListener): this;
  removeAllListeners(event?: EventName): this;
  prependListener(event: EventName, listener: AnyListener): this;
  prependOnceListener(event: EventName, listener: AnyListener): this;
  setMaxListeners(count: number): this;
}

const TypedEmitter = EventEmitter as unknown as new <
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ReservedEvents extends EventsMap,
>() => TypedEmitter<ListenEvents, EmitEvents, ReservedEvents>;

/**
 * An event emitter with typed events: `ListenEvents` are those that come in, `EmitEvents` those that
 * `emit` takes, `ReservedEvents` the library's own.
 */
export abstract class StrictEventEmitter<
    ListenEvents extends EventsMap,
    EmitEvents extends EventsMap,
    ReservedEvents extends EventsMap = Record<never, never>,
  >
  extends TypedEmitter<ListenEvents, EmitEvents, ReservedEvents>
  implements TypedEventBroadcaster<EmitEvents>
{
  /** Emits one of the library's own events. */
  protected emitReserved<Ev extends EventNames<ReservedEvents>>(
    ev: Ev,
    ...args: EventParams<ReservedEvents, Ev>
  ): boolean {
    return this._emitArray([ev, ...args]);
  }

  /** Emits without regard to the types. */
  protected emitUntyped(ev: string, ...args: Any[]): boolean {
    return this._emitArray([ev, ...args]);
  }

  /**
   * @internal Calls the listeners of `event[0]` with the rest of the array: what a client sent, as it came.
   * Unlike `emit` of Node's emitter, an `error` without a listener is dropped: clients may send one.
   */
  _emitArray(event: readonly unknown[]): boolean {
    const name = event[0] as EventName;
    let listeners = this._listeners?.get(name);
    // A client may send a number as the name; Node's emitter takes it as a property name.
    if (typeof name === "number") listeners ??= this._listeners?.get(String(name));
    if (listeners === undefined) return false;
    if (typeof listeners === "function") call(listeners, this, event);
    else for (const listener of listeners) call(listener, this, event);
    return true;
  }

  /**
   * The listeners as Node's emitters have them, for code that calls Node's `emit` on this one, as `socketio-wildcard`
   * does.
   */
  get _events(): Record<EventName, (...args: unknown[]) => void> {
    const view = Object.create(null);
    for (const name of this.eventNames()) {
      view[name] = (...args: unknown[]) => void this._emitArray([name, ...args]);
    }
    return view;
  }

  /** @internal A listener, of this event if it is one's, has not settled yet. */
  _settling(_promise: PromiseLike<unknown>, _event?: unknown): void {}
}

/** Short lists of arguments are passed on as they are, without an array in between. */
function call(
  listener: (...args: unknown[]) => unknown,
  emitter: { _settling(promise: PromiseLike<unknown>, event: unknown): void },
  event: readonly unknown[],
): void {
  let result: unknown;
  if (event.length === 2) result = listener.call(emitter, event[1]);
  else if (event.length === 3) result = listener.call(emitter, event[1], event[2]);
  else if (event.length === 1) result = listener.call(emitter);
  else result = listener.apply(emitter, event.slice(1));
  if (typeof result === "object" && isThenable(result)) emitter._settling(result, event[0]);
}
