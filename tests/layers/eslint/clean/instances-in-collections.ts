// Instances that collections are made with, and that never change.
import { createServer } from "dormouse-io";

class Rule {
  constructor(
    readonly name: string,
    readonly pattern: RegExp,
  ) {}
  allows(text: string) {
    return !this.pattern.test(text);
  }
}
const rules = [new Rule("links", /https?:/), new Rule("shouting", /[A-Z]{10}/)];
const byName = new Map(rules.map((rule) => [rule.name, rule]));
const checks = { links: new Rule("links", /www/) };

export class Chat extends createServer((io) => {
  io.on("connection", (socket) => {
    const say = (room: string) => (text: string) => io.to(room).emit("said", text);
    socket.on("say", (text: string) => {
      const broken = rules.find((rule) => !rule.allows(text));
      if (broken || !checks.links.allows(text)) socket.emit("refused", broken?.name);
      else io.emit("said", text, byName.get("links")?.name);
    });
    socket.on("say here", say("here"));
  });
}) {}
