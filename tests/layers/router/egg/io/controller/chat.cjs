// As in egg-socket.io's README.
module.exports = (app) => {
  class ChatController extends app.Controller {
    async ping() {
      const message = this.ctx.args[0];
      await this.ctx.socket.emit("res", `Hi! I've got your message: ${message}`);
    }
  }
  return ChatController;
};
