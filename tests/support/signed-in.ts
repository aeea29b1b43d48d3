/** A server with `express-session` and `passport`, as an application of Express has them. */
import session from "express-session";
import { Passport } from "passport";

/** The same on npm `socket.io` and on Dormouse: neither's own types. */
// biome-ignore lint/suspicious/noExplicitAny: servers of two libraries
type AnyServer = any;

interface User {
  id: string;
  name: string;
}

const USERS: Record<string, User> = { ada: { id: "ada", name: "Ada" } };

/** Who has `login=<id>` in the query is signed in from then on. */
export function signIn(io: AnyServer): void {
  const passport = new Passport();
  passport.serializeUser((user: unknown, done) => done(null, (user as User).id));
  passport.deserializeUser((id: string, done) => done(null, USERS[id] ?? false));
  io.engine.use(session({ secret: "a secret", resave: false, saveUninitialized: true }));
  // biome-ignore lint/suspicious/noExplicitAny: Express's request, and what packages add to it
  io.engine.use((request: any, _response: unknown, next: () => void) => {
    request.session.visits = 1;
    if (request._query.login) request.session.passport = { user: request._query.login };
    request.headers["x-user"] = request._query.login ?? "nobody";
    next();
  });
  io.engine.use(passport.initialize());
  io.engine.use(passport.session());
  // biome-ignore lint/suspicious/noExplicitAny: sockets of two libraries
  io.on("connection", (socket: any) => {
    const { request } = socket;
    socket.on("who", (answer: (who: unknown) => void) => {
      const { user, session: kept, sessionID: id } = socket.request;
      const { path, originalMaxAge } = kept.cookie;
      answer({
        user,
        visits: kept.visits,
        passport: kept.passport,
        cookie: { path, originalMaxAge },
        hasId: typeof id === "string" && id.length > 20,
        header: socket.handshake.headers["x-user"],
        sameRequest: request === socket.request && socket.request === socket.conn.request,
      });
    });
    socket.on("methods", (answer: (names: string[]) => void) => {
      const { session: kept, isAuthenticated } = socket.request;
      answer([typeof kept.save, typeof isAuthenticated]);
    });
    socket.on("visit", (answer: (visits: number) => void) => {
      socket.request.session.visits += 1;
      answer(socket.request.session.visits);
    });
  });
}
