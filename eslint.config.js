import { defineConfig, globalIgnores } from 'eslint/config';
import vue from 'eslint-plugin-vue';
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
  vue.configs['flat/recommended'],
  {
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.vue'],
      },
    },
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
    // The project service asks tsconfig.json, which leaves out the page.
    files: ['src/renderer/**/*.ts', 'test/renderer/**/*.ts'],
    languageOptions: { parserOptions: { projectService: false, project: 'tsconfig.renderer.json' } },
  },
  {
    files: ['**/*.vue'],
    // Types in these files are the matter of vue-tsc, which knows what a template gives its parts.
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: {
      // What comes from a model file is text, never markup.
      'vue/no-v-html': 'error',
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/define-emits-declaration': ['error', 'type-based'],
      'vue/define-props-declaration': ['error', 'type-based'],
      'vue/no-unused-emit-declarations': 'error',
      // Absent is absent: props have the types that TypeScript says.
      'vue/require-default-prop': 'off',
      // Layout is prettier's.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
    },
  },
  {
    // The oracle of the kernels reads as they do: indices that are in range by construction.
    files: ['src/main/engine/kernels/reference/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
