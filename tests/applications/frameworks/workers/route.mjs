import { routeSocketIO } from "dormouse-io";

/** What every server under test has beside its own code: an answer, behind everything that came before. */
export function addFence(io) {
  io.of("/~fence").on("connection", (socket) => {
    socket.on("fence", (answer) => answer());
  });
}

export default {
  fetch: async (request, env) =>
    (await routeSocketIO(request, env.FRAMEWORK)) ?? new Response("not found", { status: 404 }),
};
