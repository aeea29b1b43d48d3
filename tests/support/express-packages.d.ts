/** As much of these packages for Express as the tests use: their types would bring Express along. */
declare module "express-session" {
  type Middleware = (request: unknown, response: unknown, next: (error?: unknown) => void) => void;
  export default function session(options: {
    secret: string;
    resave: boolean;
    saveUninitialized: boolean;
  }): Middleware;
}

declare module "passport" {
  type Middleware = (request: unknown, response: unknown, next: (error?: unknown) => void) => void;
  type Done = (error: unknown, value: unknown) => void;
  export class Passport {
    serializeUser(serialize: (user: unknown, done: Done) => void): void;
    deserializeUser(deserialize: (id: string, done: Done) => void): void;
    initialize(): Middleware;
    session(): Middleware;
  }
}
