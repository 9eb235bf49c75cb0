/* oxlint-disable typescript/no-unnecessary-type-parameters -- the types are what is tested here */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles when the two types are the same one. */
export function equal<A, B>(_same: Same<A, B>): void {}

/** A value of that type; nothing of this runs. */
export declare function given<T>(): T
