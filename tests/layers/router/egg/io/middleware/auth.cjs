// As in egg-socket.io's README.
module.exports = (app) => {
  return async (ctx, next) => {
    ctx.socket.emit("res", "connected!");
    await next();
    app.log("disconnection!");
  };
};
