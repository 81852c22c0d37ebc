import { defineConfig, globalIgnores } from 'eslint/config';
import rxjs from 'eslint-plugin-rxjs-x';
import tseslint from 'typescript-eslint';

const noDefaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Name what you export: default exports get a different name in every importer.',
};
const noExportAll = {
  selector: 'ExportAllDeclaration',
  message: 'Name what you re-export, so that the public API can be read in one place.',
};
const werift = {
  regex: '^werift(/|$)',
  message: 'Only src/webrtc knows werift; import from there.',
};
const throughTheClock =
  'Time comes only through the clock or scheduler in the config, so that it runs in virtual time.';
const impureGlobals = [
  'performance',
  'process',
  'Promise',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
].map((name) => ({ name, message: throughTheClock }));

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', '.cache/', 'site/', '.stryker-tmp/', 'examples/custom-operator/']),

  { linterOptions: { reportUnusedDisableDirectives: 'error' } },

  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, rxjs.configs.strict],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: ['error', 'smart'],
      'no-console': 'error',
      'no-restricted-syntax': ['error', noDefaultExport, noExportAll],
      'no-restricted-imports': ['error', { patterns: [werift] }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-unused-expressions': ['error', { allowTernary: true }],
      // It does not know that Promise.withResolvers<void>() is a promise of nothing.
      '@typescript-eslint/no-invalid-void-type': 'off',
      // An index that was just checked needs `!` under noUncheckedIndexedAccess.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Narrowing does not see a flag that a callback changes, and calls a needed check unnecessary.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // `interface X extends Y {}` gives a union of options a name in the docs.
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      '@typescript-eslint/unified-signatures': 'off',
      // A third of the time, and there are no enums and hardly any classes.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      // Options and sinks are plain objects of closures, handed around one function at a time.
      '@typescript-eslint/unbound-method': 'off',

      // A source is an Observable that can also be opened at a position: see MediaSource.
      'rxjs-x/no-subclass': 'off',
      // What a source does on error is the subscriber's business, and an unhandled error is reported by RxJS.
      'rxjs-x/no-ignored-error': 'off',
      // Operators are written as new Observable(…) around a subscription, also where they are used.
      'rxjs-x/no-subscribe-in-pipe': 'off',
      // Nothing where something must come is an error, which EmptyError says.
      'rxjs-x/no-ignored-default-value': 'off',
      'rxjs-x/throw-error': ['error', { allowThrowingAny: false, allowThrowingUnknown: true }],
      'rxjs-x/no-unsafe-takeuntil': [
        'error',
        { alias: ['takeUntilClosed'], allow: ['share', 'shareReplay', 'finalize', 'endWith', 'defaultIfEmpty'] },
      ],
      'rxjs-x/finnish': [
        'error',
        {
          functions: false,
          methods: false,
          strict: false,
          // `source` is what an operator is given, and a MediaSource is a thing to open, not a stream of values. `cold`,
          // `hot` and `actual` are called so in RxJS's own test scheduler.
          names: { '^(source|input|sources|inputs|cold|hot|actual|_.*)(?![\\w$])': false },
          // All but the first are functions: what returns an Observable is not one.
          types: { '^MediaSource$': false, '^(__|[a-z])': false, Function$: false },
        },
      ],
    },
  },

  {
    files: ['src/**/*.ts'],
    rules: {
      'max-lines': ['error', 300],
    },
  },

  {
    files: ['src/webrtc/**/*.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },

  {
    files: ['src/operators/**/*.ts', 'src/media/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...impureGlobals],
      'no-restricted-properties': ['error', { object: 'Date', property: 'now', message: throughTheClock }],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            werift,
            { regex: '^node:', message: 'Operators and parsers are pure: bytes and time in, values out.' },
          ],
        },
      ],
      'no-restricted-syntax': [
        'error',
        noDefaultExport,
        noExportAll,
        { selector: ':function[async=true]', message: throughTheClock },
        { selector: 'AwaitExpression', message: throughTheClock },
        { selector: 'NewExpression[callee.name="Date"]', message: throughTheClock },
      ],
    },
  },

  {
    files: ['src/cli/**/*.ts', 'test/**/*.ts', 'examples/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts'],
    rules: { 'no-console': 'off' },
  },

  {
    // Tests look at what is not typed (JSON, pages, the output of programs) and do on purpose what the library must not.
    files: ['test/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts'],
    rules: {
      'no-restricted-imports': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/use-unknown-in-catch-callback-variable': 'off',
      'rxjs-x/no-floating-observables': 'off',
      'rxjs-x/no-ignored-subscription': 'off',
      'rxjs-x/no-unsafe-subject-next': 'off',
      'rxjs-x/no-nested-subscribe': 'off',
      'rxjs-x/finnish': 'off',
    },
  },

  {
    files: ['**/*.js', '**/*.mjs'],
    extends: [tseslint.configs.recommended],
  },

  {
    files: ['*.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
