/** The npm package's own types come with all of Koa's. */
declare module "koa-compose" {
  type Composed<Subject> = (subject: Subject, next?: () => unknown) => Promise<void>;

  export default function compose<Subject>(
    middlewares: ((subject: Subject, next: () => Promise<void>) => unknown)[],
  ): Composed<Subject>;
}
