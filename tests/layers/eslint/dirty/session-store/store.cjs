// Sessions in memory, behind a class that others could take the place of.
class SessionStore {
  find(id) {}
  save(id, session) {}
}
class InMemorySessionStore extends SessionStore {
  constructor() {
    super();
    this.sessions = new Map();
  }
  find(id) {
    return this.sessions.get(id);
  }
  save(id, session) {
    this.sessions.set(id, session);
  }
}
module.exports = { InMemorySessionStore };
