"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.Store = void 0;
var Store = (function () {
  function Store() {
    this.users = new Map();
  }
  Store.prototype.set = function (key, value) {
    this.users.set(key, value);
  };
  return Store;
})();
exports.Store = Store;
