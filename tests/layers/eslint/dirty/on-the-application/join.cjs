exports.join = (app, io, name) => {
  io.names ??= [];
  io.names.push(name);
  app.locals.rooms.delete(name);
};
