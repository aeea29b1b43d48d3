/** A server with `express-session` and `passport`, as an application of Express has them. */
import session from "express-session";
import { jwtVerify, SignJWT } from "jose";
import { Passport } from "passport";

/** The same on npm `socket.io` and on Dormouse: neither's own types. */
// biome-ignore lint/suspicious/noExplicitAny: servers of two libraries
type AnyServer = any;

class User {
  readonly id: string;
  readonly name: string;

  constructor(id: string, name: string) {
    this.id = id;
    this.name = name;
  }

  greet(): string {
    return `I am ${this.name}`;
  }
}

const USERS: Record<string, User> = { ada: new User("ada", "Ada") };
const SECRET = new TextEncoder().encode("a secret that is long enough for HS256");
/** How often a token was looked at. Outside of the server, so that a sleep does not undo it. */
let verified = 0;

export function makeToken(): Promise<string> {
  const claims = { name: "Ada", roles: ["admin"] };
  return new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).setSubject("ada").sign(SECRET);
}

/** Who has a JSON Web Token in the query has its claims on the request. */
async function verifyToken(
  request: AnyServer,
  _response: unknown,
  next: (error?: unknown) => void,
) {
  verified += 1;
  try {
    const { payload } = await jwtVerify(request._query.token, SECRET);
    request.claims = payload;
    next();
  } catch (error) {
    next(error);
  }
}

/** Nothing but tokens, which are data. */
export function withTokens(io: AnyServer): void {
  io.engine.use(verifyToken);
  io.on("connection", (socket: AnyServer) => {
    socket.on("claims", (answer: (claims: unknown, count: number) => void) => {
      answer(socket.request.claims, verified);
    });
  });
}

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
  wrapped(io);
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
    socket.on("use", (answer: (used: unknown) => void) => {
      const { user, session: kept, sessionID, isAuthenticated, sessionStore } = socket.request;
      kept.save(() => {
        sessionStore.get(sessionID, (_error: unknown, stored: AnyServer) => {
          answer({
            greeting: user.greet(),
            isAuthenticated: isAuthenticated.call(socket.request),
            hasOneId: kept.id === sessionID,
            stored: { visits: stored.visits, passport: stored.passport },
          });
        });
      });
    });
    socket.on("session id", (answer: (id: string) => void) => answer(socket.request.sessionID));
    socket.on("visit", (answer: (visits: number) => void) => {
      socket.request.session.visits += 1;
      answer(socket.request.session.visits);
    });
  });
}

/** A namespace whose own middlewares do all of it, as before there was `io.engine.use`. */
function wrapped(io: AnyServer): void {
  const withSession = session({ secret: "another", resave: false, saveUninitialized: true });
  const nsp = io.of("/wrapped");
  nsp.use((socket: AnyServer, next: () => void) => withSession(socket.request, {}, next));
  nsp.use((socket: AnyServer, next: () => void) => {
    socket.request.session.tries = 0;
    socket.on("in front", (answer: (name: string) => void) => answer("of the listener"));
    socket.use(([event]: [string], go: (error?: Error) => void) => {
      go(event === "forbidden" ? new Error("forbidden") : undefined);
    });
    socket.on("error", (error: Error) => socket.emit("refused", error.message));
    socket.data.greets = "from the middleware";
    next();
  });
  nsp.on("connection", (socket: AnyServer) => {
    socket.on("forbidden", () => socket.emit("refused", "not refused"));
    socket.on("try", (answer: (tries: number, method: string, data: unknown) => void) => {
      const { session: kept } = socket.request;
      kept.tries += 1;
      answer(kept.tries, typeof kept.save, socket.data);
    });
  });
}
