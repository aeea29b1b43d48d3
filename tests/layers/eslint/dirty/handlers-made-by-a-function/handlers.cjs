// Handlers with their state in the closure of what made them.
module.exports = (io) => {
  let orders = 0;
  const create = function (payload) {
    const socket = this;
    orders++;
    socket.emit("orders", orders);
  };
  const last = { order: null };
  return {
    create,
    remember: (order) => {
      last.order = order;
    },
  };
};
