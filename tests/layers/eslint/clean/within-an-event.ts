// Variables and objects that live as long as one event.
import type { Server } from "socket.io";
class Cart {
  items: string[] = [];
  add(item: string) {
    this.items.push(item);
    return this;
  }
  total() {
    let sum = 0;
    for (const item of this.items) sum += item.length;
    return sum;
  }
}
function group<T>(list: T[], key: (t: T) => string) {
  const groups: Record<string, T[]> = {};
  for (const item of list) {
    groups[key(item)] ??= [];
    groups[key(item)].push(item);
  }
  return groups;
}
export function shop(io: Server) {
  io.on("connection", async (socket) => {
    let user = null;
    user = await load(socket.handshake.auth.token);
    let greeting = "hello";
    if (user) greeting += ` ${user}`;
    socket.emit("greeting", greeting);
    socket.on("order", (list: string[]) => {
      const cart = new Cart();
      let count = 0;
      const seen = new Set<string>();
      list.forEach((item) => {
        if (seen.has(item)) return;
        seen.add(item);
        cart.add(item);
        count++;
      });
      const counts = list.reduce<Record<string, number>>((all, item) => {
        all[item] = (all[item] ?? 0) + 1;
        return all;
      }, {});
      socket.emit(
        "ordered",
        cart.total(),
        count,
        counts,
        group(list, (x) => x),
      );
    });
  });
}
async function load(token: string): Promise<string | null> {
  return token;
}
