// Functions as holders of what never changes, of other functions, of their own connection's.
import { createServer } from "dormouse-io";

function roll(sides: number) {
  return Math.ceil(Math.random() * sides);
}
roll.sides = 6;
function Piece(this: { color: string }, color: string) {
  this.color = color;
}
Piece.colors = ["black", "white"];
Piece.prototype.name = "piece";

export const Dice = createServer((io) => {
  function lookUp(name: string) {
    lookUp.cache ??= new Map<string, number>();
    return lookUp.cache.get(name);
  }
  lookUp.cache = undefined as Map<string, number> | undefined;
  io.on("connection", (socket) => {
    function greet() {
      socket.emit("hello", greet.text, Piece.colors);
    }
    greet.text = `hello ${socket.id}`;
    greet();
    socket.on("roll", () => io.emit("rolled", roll(roll.sides), lookUp("x")));
  });
});
