// A helper whose socket shows by its request that it is a server's.
const visits = new Map(); // expect: no-state-in-variables

exports.handle = (socket, message) => {
  const { ip } = socket.request;
  visits.set(ip, message);
};
