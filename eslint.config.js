import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  globalIgnores([
    'build/',
    'out/',
    'coverage/',
    'resources/sample-library/',
    // Another language in TypeScript's clothes: `asc` checks it.
    'src/main/engine/kernels/assembly/',
  ]),
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-restricted-properties': [
        'error',
        ...['skip', 'todo', 'only'].flatMap((property) =>
          ['test', 'it', 'describe'].map((object) => ({ object, property, message: 'Every test runs.' })),
        ),
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // A number in a sentence is what sentences are for.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // An implementation of an interface may have nothing to wait for.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    // The oracle of the kernels reads as they do: indices that are in range by construction.
    files: ['src/main/engine/kernels/reference/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
