// Operators that remember what has come begin anew with every replay, or wake.
import { createServer } from "dormouse-io";
import { distinctUntilChanged, fromEvent, map, Subject, scan, take } from "rxjs";

export const Sums = createServer((io) => {
  const words = new Subject<string>();
  words
    .pipe(
      distinctUntilChanged(), // expect: no-state-in-variables
      map((word) => word.toUpperCase()),
    )
    .subscribe((word) => io.emit("word", word));
  io.on("connection", (socket) => {
    fromEvent<number>(socket, "add")
      .pipe(scan((sum, one) => sum + one, 0)) // expect: no-state-in-variables
      .subscribe((sum) => socket.emit("sum", sum));
    const first = fromEvent<string>(socket, "say").pipe(take(3)); // expect: no-state-in-variables
    first.subscribe((word) => words.next(word));
  });
});
