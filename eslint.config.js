import tseslint from 'typescript-eslint';

export default tseslint.config(
  // The two folders are packages of their own, whose types are there once they are installed: their tests check them.
  { ignores: ['node_modules', 'test/client', '**/node_modules', 'examples/supergraph', 'test/conformance/clients'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Refs and endpoints carry types that only their users read.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // `noUncheckedIndexedAccess` doubts every index, also the one that was just found.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
  {
    // A dry run comes to hundreds of objects in a millisecond: `for of` makes an iterator for each list, and an object for each item.
    files: ['src/plan/price/dry-*.ts'],
    rules: { '@typescript-eslint/prefer-for-of': 'off' },
  },
  {
    // Tests read answers as they come over the network; what they say of them is the check.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
