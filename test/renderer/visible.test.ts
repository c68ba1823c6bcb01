import fc from 'fast-check';
import { expect, test } from 'vitest';
import { visible } from '../../src/renderer/host/visible.ts';

test('a name that turns the direction of what follows does not look like another', () => {
  expect(visible({ name: 'live\u202egnp.exe', list: ['a\u0007b', 'tab\tand\nline'] })).toEqual({
    name: 'live\ufffdgnp.exe',
    list: ['a\ufffdb', 'tab\tand\nline'],
  });
});

test('what hides nothing is the same object', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: fc.constantFrom('a', 'é', '🦙', ' ') }), (value) => {
      expect(visible(value)).toBe(value);
    }),
  );
});
