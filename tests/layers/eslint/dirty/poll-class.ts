// A class that holds what it knows in its fields.
import { createServer, type Server, type Socket } from "dormouse-io";

class Poll {
  private answers = new Map<string, number>(); // expect: no-state-in-variables
  private question = ""; // expect: no-state-in-variables
  readonly options: string[] = ["yes", "no"];

  constructor(private readonly io: Server) {
    io.on("connection", (socket) => this.onConnection(socket));
  }

  private onConnection(socket: Socket): void {
    socket.emit("poll", this.question, this.options, [...this.answers]);
    socket.on("ask", (question: string) => this.ask(question));
    socket.on("answer", this.answer.bind(this));
  }

  private ask(question: string): void {
    this.question = question;
    this.answers.clear();
    this.io.emit("poll", question);
  }

  private answer(option: string): void {
    this.answers.set(option, (this.answers.get(option) ?? 0) + 1);
    this.io.emit("answers", [...this.answers]);
  }
}

export const Polls = createServer((io) => {
  new Poll(io);
});
