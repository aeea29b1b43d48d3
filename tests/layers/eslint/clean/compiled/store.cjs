"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.Store = void 0;
var Store = (function () {
  function Store(client) {
    this.client = client;
  }
  Store.prototype.get = function (key) {
    return this.client.fetch(key);
  };
  Store.prototype.set = function (key, value) {
    this.client.fetch(key, { method: "PUT", body: JSON.stringify(value) });
  };
  return Store;
})();
exports.Store = Store;
