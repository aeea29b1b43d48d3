// Operators that remember nothing, or only within one event.
import { createServer } from "dormouse-io";
import { filter, from, fromEvent, map, scan, takeUntil } from "rxjs";

export const Words = createServer((io) => {
  io.on("connection", (socket) => {
    const gone = fromEvent(socket, "disconnect");
    fromEvent<string>(socket, "say")
      .pipe(
        filter((word) => word.length > 0),
        map((word) => word.toUpperCase()),
        takeUntil(gone),
      )
      .subscribe((word) => io.emit("said", word));
    socket.on("add", (list: number[]) => {
      from(list)
        .pipe(scan((sum, one) => sum + one, 0))
        .subscribe((sum) => socket.emit("sum", sum));
    });
  });
});
