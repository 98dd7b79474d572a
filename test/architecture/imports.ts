/** Who may import whom: the house rules as a table, and what breaks them. */
import path from 'node:path';
import ts from 'typescript';

export interface SourceFile {
  /** Relative to src/, without the extension: `plan/choose`. */
  readonly name: string;
  readonly text: string;
}

interface Rule {
  /** The part's files. */
  readonly files: RegExp;
  /** Of our own code. */
  readonly may: readonly RegExp[];
  /** Of our own code, but only its types. */
  readonly mayTypes?: readonly RegExp[];
  readonly libraries?: readonly string[];
}

/** Anyone may use these: ways to fail, how much is too much, and JSON without lost digits. */
const forAll = [/^errors$/, /^limits$/, /^json$/];

const rules: readonly Rule[] = [
  { files: /^errors$/, may: [] },
  { files: /^json$/, may: [] },
  { files: /^limits$/, may: [] },
  { files: /^documents$/, may: [], mayTypes: [/^plan\/analysis$/], libraries: ['graphql', 'lru-cache'] },
  { files: /^config$/, may: [/^config-limits$/], libraries: ['zod'] },
  { files: /^config-limits$/, may: [], libraries: ['zod'] },
  {
    files: /^configured$/,
    may: [/^providers\/\w+\/client$/],
    mayTypes: [/^config$/, /^config-limits$/, /^providers\/provider$/, /^sandbox\/sandbox$/],
  },
  {
    files: /^providers\/(provider|values|retry-after)$/,
    may: [],
    mayTypes: [/^providers\/provider$/],
    libraries: ['zod'],
  },
  {
    files: /^providers\/justoneapi\//,
    may: [/^providers\/(values|retry-after)$/, /^providers\/justoneapi\/[\w-]+$/],
    mayTypes: [/^providers\/provider$/],
    libraries: ['zod'],
  },
  {
    files: /^providers\/\w+\/(contract|client)$/,
    may: [/^providers\/(values|retry-after)$/],
    mayTypes: [/^providers\/provider$/],
    libraries: ['zod'],
  },
  { files: /^upstream\/send$/, may: [/^upstream\//], mayTypes: [/^providers\/provider$/], libraries: ['undici'] },
  {
    files: /^upstream\/sqlite-\w+$/,
    may: [/^upstream\//],
    libraries: ['node:sqlite', 'node:fs', 'node:path', 'node:timers/promises'],
  },
  { files: /^upstream\/(compress|store-sqlite|store-redis)$/, may: [/^upstream\//], libraries: ['node:zlib'] },
  { files: /^upstream\/redis$/, may: [/^upstream\//], libraries: ['ioredis', 'node:crypto', 'node:net'] },
  { files: /^upstream\/cache$/, may: [/^upstream\//], mayTypes: [/^providers\/provider$/], libraries: ['lru-cache'] },
  { files: /^upstream\//, may: [/^upstream\//], mayTypes: [/^providers\/provider$/] },
  {
    files: /^loaders$/,
    may: [],
    mayTypes: [/^questions$/, /^plan\/(explanation|look)$/, /^upstream\//, /^providers\/provider$/],
    libraries: ['dataloader'],
  },
  {
    // What runs an operation knows nothing of what it would cost.
    files: /^plan\/[\w-]+$/,
    may: [/^plan\/[\w-]+$/],
    mayTypes: [/^providers\/provider$/],
    libraries: ['graphql', 'graphql/execution/collectFields.js', 'node:crypto', 'node:timers/promises'],
  },
  {
    files: /^plan\/price\//,
    may: [/^plan\//],
    mayTypes: [/^providers\/provider$/],
    libraries: ['graphql'],
  },
  { files: /^callers$/, may: [], libraries: ['node:crypto', 'rate-limiter-flexible'] },
  { files: /^callers-file$/, may: [/^callers$/], libraries: ['node:fs', 'node:util', 'zod'] },
  {
    files: /^operation-asker$/,
    may: [/^upstream\/asker$/],
    mayTypes: [/^upstream\//, /^plan\//, /^providers\/provider$/],
  },
  { files: /^halfway$/, may: [], mayTypes: [/^upstream\//] },
  { files: /^questions$/, may: [], mayTypes: [/^providers\/provider$/] },
  {
    files: /^context$/,
    may: [/^dry-run$/, /^halfway$/, /^loaders$/, /^operation-asker$/, /^plan\//],
    mayTypes: [/^callers$/, /^questions$/, /^upstream\//, /^providers\/provider$/],
  },
  {
    files: /^dry-run$/,
    may: [/^plan\//],
    mayTypes: [/^context$/, /^loaders$/, /^upstream\//, /^providers\/provider$/],
  },
  {
    files: /^graph\//,
    may: [/^documents$/, /^graph\//, /^plan\/[\w-]+$/, /^providers\/\w+\/contract$/],
    mayTypes: [/^context$/, /^dry-run$/, /^providers\/provider$/],
    libraries: ['graphql', 'graphql-scalars', '@graphql-tools/utils', '@pothos/core', '@pothos/plugin-relay'],
  },
  { files: /^sandbox\//, may: [/^sandbox\//], libraries: ['node:*'] },
  {
    files: /^metrics$/,
    may: [],
    mayTypes: [/^plan\/receipt$/, /^providers\/provider$/, /^upstream\//],
    libraries: ['prom-client'],
  },
  {
    files: /^http\//,
    may: [/^http\//, /^callers$/, /^documents$/],
    mayTypes: [/^context$/, /^plan\//],
    libraries: [
      'graphql',
      'graphql-yoga',
      '@apollo/usage-reporting-protobuf',
      '@graphql-yoga/plugin-apollo-inline-trace',
      '@graphql-yoga/render-graphiql',
      '@graphql-yoga/plugin-defer-stream',
      '@graphql-yoga/plugin-persisted-operations',
      'node:*',
    ],
  },
  { files: /^telling$/, may: [], mayTypes: [/^http\/receipts$/, /^metrics$/, /^upstream\//], libraries: ['pino'] },
  {
    files: /^instance$/,
    may: [/^upstream\//],
    mayTypes: [/^config$/, /^configured$/, /^providers\/provider$/],
    libraries: ['node:path'],
  },
  {
    files: /^pricing$/,
    may: [/^documents$/, /^graph\/schema$/, /^plan\/analysis$/, /^plan\/price\/estimate$/],
    mayTypes: [/^providers\/provider$/],
  },
  { files: /^server$/, may: [/^(?!main$)/], libraries: ['pino', 'node:crypto', 'node:http', 'node:path'] },
  { files: /^main$/, may: [/^config$/, /^server$/], libraries: ['node:http', 'node:v8'] },
];

/** One sentence for each import that the rules forbid, and for each file that no rule covers. */
export function violations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const rule = rules.find(({ files: part }) => part.test(file.name));
    if (!rule) return [`${file.name} belongs to no part of the house`];
    return importsOf(file)
      .filter((imported) => !isAllowed(file, rule, imported))
      .map(({ from, isTypeOnly }) => `${file.name} may not import ${isTypeOnly ? 'even types of ' : ''}${from}`);
  });
}

interface Import {
  readonly from: string;
  readonly isTypeOnly: boolean;
}

function isAllowed(file: SourceFile, rule: Rule, { from, isTypeOnly }: Import): boolean {
  if (!from.startsWith('.')) {
    return (rule.libraries ?? []).some(
      (library) => library === from || (library === 'node:*' && from.startsWith('node:')),
    );
  }
  const target = path.posix.join(path.posix.dirname(file.name), from).replace(/\.ts$/, '');
  const allowed = [...forAll, ...rule.may, ...(isTypeOnly ? (rule.mayTypes ?? []) : [])];
  return allowed.some((part) => part.test(target));
}

function importsOf({ name, text }: SourceFile): Import[] {
  const imports: Import[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isImportDeclaration(node) || (ts.isExportDeclaration(node) && node.moduleSpecifier)) {
      imports.push({ from: (node.moduleSpecifier as ts.StringLiteral).text, isTypeOnly: bringsOnlyTypes(node) });
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      imports.push({ from: node.arguments[0]?.getText().slice(1, -1) ?? '', isTypeOnly: false });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(`${name}.ts`, text, ts.ScriptTarget.Latest, true));
  return imports;
}

function bringsOnlyTypes(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  const clause = node.importClause;
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const bindings = clause.namedBindings;
  return (
    !clause.name && !!bindings && ts.isNamedImports(bindings) && bindings.elements.every((each) => each.isTypeOnly)
  );
}
