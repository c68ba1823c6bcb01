import { expect, test } from 'vitest';
import { SharedValues } from '../../../src/main/engine/codecs/index.ts';

/** Makes values that know whether they were freed. */
function workshop(): {
  readonly made: { readonly name: string; freed: number }[];
  readonly make: (name: string) => () => Promise<{ name: string; free(): void }>;
  readonly held: () => string[];
} {
  const made: { readonly name: string; freed: number }[] = [];
  return {
    made,
    make: (name) => async () => {
      const entry = { name, freed: 0 };
      made.push(entry);
      return { name, free: () => void (entry.freed += 1) };
    },
    held: () => made.filter(({ freed }) => freed === 0).map(({ name }) => name),
  };
}

/** A promise and what settles it. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

test('a value is made once, for users at the same time and later ones', async () => {
  const { made, make, held } = workshop();
  const values = new SharedValues<string, { name: string; free(): void }>(2);
  const use = (): Promise<string> => values.use('a', make('a'), async ({ name }) => name);
  expect(await Promise.all([use(), use(), use()])).toEqual(['a', 'a', 'a']);
  expect(await use()).toBe('a');
  expect(made).toHaveLength(1);
  expect(held()).toEqual(['a']);
  await values.free();
  expect(made).toEqual([{ name: 'a', freed: 1 }]);
});

test('the least recently used go first, and none while it is used', async () => {
  const { make, held } = workshop();
  const values = new SharedValues<string, { name: string; free(): void }>(2);
  const touch = (name: string): Promise<void> => values.use(name, make(name), async () => undefined);
  for (const name of ['a', 'b', 'a', 'c']) await touch(name);
  expect(held()).toEqual(['a', 'c']);
  const { opened, open } = gate();
  const using = values.use('a', make('a'), () => opened);
  for (const name of ['d', 'e', 'f']) await touch(name);
  expect(held()).toEqual(['a', 'e', 'f']);
  await values.free();
  expect(held()).toEqual(['a']);
  open();
  await using;
  await values.free();
  expect(held()).toEqual([]);
});

test('a value that is taken up again while others are freed stays', async () => {
  const { made, make, held } = workshop();
  const values = new SharedValues<string, { name: string; free(): void }>(4);
  for (const name of ['a', 'b', 'c']) await values.use(name, make(name), async () => undefined);
  const { opened, open } = gate();
  let freedMeanwhile = false;
  const freeing = values.free();
  const using = values.use('c', make('c'), async ({ name }) => {
    await opened;
    freedMeanwhile = !held().includes(name);
  });
  await freeing;
  open();
  await using;
  expect(freedMeanwhile).toBe(false);
  await Promise.all([values.free(), values.free(), values.use('d', make('d'), async () => values.free())]);
  await values.free();
  expect(held()).toEqual([]);
  expect(made.map(({ freed }) => freed)).toEqual(made.map(() => 1));
});

test('what could not be made is made anew the next time, and nothing is lost', async () => {
  const { make, held } = workshop();
  const values = new SharedValues<string, { name: string; free(): void }>(1);
  const failure = new Error('not now');
  const fail = (): Promise<never> => Promise.reject(failure);
  const again = async (): Promise<string> => {
    await expect(values.use('a', fail, async () => 'never')).rejects.toBe(failure);
    return values.use('a', make('a'), async ({ name }) => name);
  };
  expect(await Promise.all([again(), again(), again()])).toEqual(['a', 'a', 'a']);
  await values.free();
  expect(held()).toEqual([]);
});

test('work that fails leaves the value for others', async () => {
  const { made, make, held } = workshop();
  const values = new SharedValues<string, { name: string; free(): void }>(1);
  const failure = new Error('work');
  await expect(values.use('a', make('a'), () => Promise.reject(failure))).rejects.toBe(failure);
  expect(await values.use('a', make('a'), async ({ name }) => name)).toBe('a');
  expect(made).toHaveLength(1);
  await values.free();
  expect(held()).toEqual([]);
});
