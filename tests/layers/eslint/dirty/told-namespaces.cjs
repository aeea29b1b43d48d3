// Of a listener of new_namespace: what it registers elsewhere than on the namespace that it is given.
module.exports = (io) => {
  const main = io.of("/main");
  const follow = (namespace) => {
    listen(main, namespace);
  };
  io.on("new_namespace", follow);
  io.on("new_namespace", () => {
    io.on("connection", (socket) => console.log("came", socket.id)); // expect: no-late-listeners
  });
};

function listen(main, namespace) {
  main.use((_socket, next) => next()); // expect: no-late-listeners
  namespace.use((_socket, next) => next());
}
