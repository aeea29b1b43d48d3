exports.io = null;
exports.limit = 10;
exports.begin = (io) => {
  exports.io = io;
};
