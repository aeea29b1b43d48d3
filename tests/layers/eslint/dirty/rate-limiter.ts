// Not more than ten messages in ten seconds.
import { Server, type Socket } from "socket.io";

const io = new Server(3000);

interface Bucket {
  count: number;
  since: number;
}

const buckets = new Map<string, Bucket>(); // expect: no-limits-in-memory

function isAllowed(socket: Socket): boolean {
  const now = Date.now();
  const bucket = buckets.get(socket.id) ?? { count: 0, since: now };
  if (now - bucket.since > 10_000) {
    bucket.count = 0;
    bucket.since = now;
  }
  bucket.count += 1;
  buckets.set(socket.id, bucket);
  return bucket.count <= 10;
}

io.on("connection", (socket) => {
  socket.on("message", (text: string) => {
    if (!isAllowed(socket)) return socket.emit("slow down");
    io.emit("message", text);
  });
});
