/**
 * Marks a part of the stand-in: each of its members must exist in the real thing, and be assignable to it. What has a
 * name with `standIn` in front is the tests' own.
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- It is what a part is compared with.
export function like<Real>() {
  return <
    Part extends {
      readonly [Name in keyof Part]: Name extends keyof Real
        ? Real[Name]
        : Name extends `standIn${string}`
          ? unknown
          : never;
    },
  >(
    part: Part,
  ): Part => part;
}
