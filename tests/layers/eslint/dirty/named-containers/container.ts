import * as awilix from "awilix";
import { asClass, asFunction, createContainer } from "awilix";
import { Chat } from "./chat.ts";
import { Users } from "./users.ts";

function makeVotes({ limit }: { limit: number }) {
  const tally = new Map<string, number>();
  return {
    vote(option: string) {
      const count = Math.min(limit, (tally.get(option) ?? 0) + 1);
      tally.set(option, count);
      return count;
    },
  };
}

export const container = createContainer();
container.register({
  chat: asClass(Chat).singleton(),
  users: awilix.asClass(Users).singleton(),
  votes: asFunction(makeVotes).singleton(),
});
container.register("limit", awilix.asValue(5));
