import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['node_modules', 'test/client', '**/node_modules'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-unnecessary-type-parameters': 'off', // refs and endpoints are typed by what they are used for
      '@typescript-eslint/prefer-readonly-parameter-types': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
);
