// Corners of event maps: optional and variadic arguments, unions, `any`, symbols, generic code.
import type { DefaultEventsMap, Server, Socket } from "server-under-test";
import { expectType } from "./expect.ts";

// --- a map that names only what comes in is also that of what goes out
interface Both {
  event: (value: string) => void;
}
declare const same: Server<Both>;
same.emit("event", "x");
same.on("connection", (socket) => {
  socket.emit("event", "x");
  socket.on("event", (value) => expectType<string>()(value));
  // @ts-expect-error no such event
  socket.emit("other");
});

// --- `any` as the type of an argument
// biome-ignore lint/suspicious/noExplicitAny: what is tested
type Loose = { event: (value: any) => void; sure: (value: string) => void };
declare const loose: Server<Loose, Loose>;
loose.emit("event", 1);
loose.timeout(1).emitWithAck("event");
loose.timeout(1).emitWithAck("sure");

// --- an event declared as `any`
// biome-ignore lint/suspicious/noExplicitAny: what is tested
declare const opaque: Socket<Both, { event: any }>;
opaque.emit("event", 1, 2, 3);
opaque.emitWithAck("event", 1);

// --- optional and variadic arguments
interface Odd {
  optional: (a: string, b?: number) => void;
  optionalAck: (a: string, answer?: (ok: boolean) => void) => void;
  variadic: (first: number, ...rest: string[]) => void;
  union: (value: "a" | "b" | { c: number }) => void;
  result: (answer: (error: Error | null, value: number) => void) => void;
  asynchronous: (answer: (value: number) => Promise<void>) => Promise<void>;
  tuple: (...args: [a: string, b: number]) => void;
  many: (a: string, b: number, c: boolean, answer: (d: Date) => void) => void;
}
declare const odd: Socket<Odd, Odd>;
odd.emit("optional", "a");
odd.emit("optional", "a", 1);
odd.emit("optionalAck", "a");
odd.emit("optionalAck", "a", (ok) => expectType<boolean>()(ok));
odd.emit("variadic", 1);
odd.emit("variadic", 1, "a", "b");
odd.emit("union", { c: 1 });
odd.emit("tuple", "a", 1);
odd.emit("asynchronous", async (value) => {
  expectType<number>()(value);
});
expectType<Promise<Date>>()(odd.emitWithAck("many", "a", 1, true));
expectType<Promise<number>>()(odd.emitWithAck("asynchronous"));
odd.timeout(1).emit("result", (error, value) => [error, value]);
odd.timeout(1).emit("many", "a", 1, true, (error, date) => {
  expectType<Error>()(error);
  expectType<Date>()(date);
});
odd.to("room").emit("many", "a", 1, true, (dates) => expectType<Date[]>()(dates));
odd
  .to("room")
  .timeout(1)
  .emit("many", "a", 1, true, (error, dates) => {
    expectType<Error>()(error);
    expectType<Date[]>()(dates);
  });
// @ts-expect-error not one of them
odd.emit("union", "c");
// @ts-expect-error strings behind the first
odd.emit("variadic", 1, 2);
// @ts-expect-error an optional acknowledgement is none
odd.emitWithAck("optionalAck", "a");
// @ts-expect-error it is not acknowledged
odd.emitWithAck("variadic", 1);

// --- symbols
declare const secret: unique symbol;
declare const symbolic: Socket<{ [secret]: (value: number) => void }>;
symbolic.on(secret, (value) => expectType<number>()(value));
symbolic.emit(secret, 1);
// @ts-expect-error a number
symbolic.emit(secret, "1");

// --- a map of types, and no events at all
declare const none: Socket<Record<string, never>, Record<string, never>>;
none.on("disconnect", (reason) => reason.length);
declare const empty: Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, { a: 1 }>;
empty.on("connection", (socket) => expectType<1>()(socket.data.a));

// --- generic code: a socket may be passed on
function greet(socket: Socket<Both>): void {
  socket.emit("event", "x");
}
same.on("connection", greet);
same.on("connection", async (socket) => {
  await socket.join("room");
});
function every(io: Server): void {
  io.emit("anything");
}
declare const plain: Server;
every(plain);
function untyped<Ev extends string>(socket: Socket, event: Ev): void {
  socket.emit(event, 1);
}
plain.on("connection", (socket) => untyped(socket, "event"));
// @ts-expect-error a function that takes another kind of socket
same.on("connection", (socket: string) => socket);
