import type { Server, Socket } from "dormouse-io/partyserver";
import { price } from "./prices";

export function registerOrders(io: Server, socket: Socket): void {
  const create = (items: string[], answer: (total: number) => void) => {
    let total = 0;
    items.forEach((item) => {
      total += price(item);
    });
    io.emit("order", { items, total });
    answer(total);
  };
  socket.on("order:create", create);
}
