/** Assertions for the compiler. */

type IsSame<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if the value has exactly this type. */
export declare function expectType<Expected>(): <Actual>(
  value: Actual,
  ...proof: IsSame<Expected, Actual> extends true ? [] : [expected: Expected]
) => void;

/** Compiles only if both types are the same. */
export declare function expectSame<A, B>(...proof: IsSame<A, B> extends true ? [] : [A, B]): void;
