/** The schema in print: for clients, and as a subgraph. */
import {
  buildASTSchema,
  isTypeDefinitionNode,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  visit,
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  type ObjectTypeDefinitionNode,
} from 'graphql';
import { nativeKeys, type NodeType } from './ids.ts';

/** For clients: without what only routers ask for. */
export const printApi = (schema: GraphQLSchema): string =>
  `${printSchema(buildASTSchema(documentOf(schema, ['_service', '_entities'])))}\n`;

/**
 * For composition: with keys, prices and what others may state as well. Without `node` and `nodes`: of two subgraphs that
 * have them, each would be asked for the nodes of the other.
 */
export function printSubgraph(schema: GraphQLSchema): string {
  const ours = documentOf(schema, ['_service', '_entities', 'node', 'nodes']);
  const composed = visit(ours, {
    // `@defer` and `@stream` are for whoever answers clients.
    DirectiveDefinition: () => null,
    ObjectTypeDefinition: (type) => ({
      ...type,
      directives: [...keysOf(type.name.value), ...(shareable.has(type.name.value) ? directives('@shareable') : [])],
      fields: (type.fields ?? []).map((field) => tagged(priced(field, schema.getType(type.name.value)), type)),
    }),
  });
  return `${LINK}${print(composed)}\n`;
}

/** Composers of others know no later version. */
const LINK = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@tag", "@cost", "@listSize"])

`;

const machinery = new Set(['_Any', '_Entity', '_Service']);
/** Values, which another subgraph may state in the same form. */
const shareable = new Set(['PageInfo', 'Money', 'Image']);

function documentOf(schema: GraphQLSchema, without: readonly string[]): DocumentNode {
  const document = parse(printSchema(lexicographicSortSchema(schema)), { noLocation: true });
  const isOurs = (definition: DefinitionNode) =>
    !isTypeDefinitionNode(definition) || !machinery.has(definition.name.value);
  return visit(
    { ...document, definitions: document.definitions.filter(isOurs) },
    {
      ObjectTypeDefinition: (type) => {
        if (type.name.value !== 'Query') return undefined;
        return { ...type, fields: (type.fields ?? []).filter(({ name }) => !without.includes(name.value)) };
      },
    },
  );
}

/** The global id last: by that one Hive Gateway asks for what is deferred, and it is what clients select. */
const keysOf = (type: string): ConstDirectiveNode[] =>
  Object.hasOwn(nativeKeys, type)
    ? directives(`@key(fields: "${nativeKeys[type as NodeType]}") @key(fields: "id")`)
    : [];

/** What a field costs by itself: one that some source tells for a call, or that asks by itself. Ten stand for a credit. */
function priced(field: FieldDefinitionNode, parent: ReturnType<GraphQLSchema['getType']>): FieldDefinitionNode {
  const declared = parent && 'getFields' in parent ? parent.getFields()[field.name.value] : undefined;
  if (!declared?.extensions.facts && !declared?.extensions.asks) return field;
  const isConnection = field.arguments?.some(({ name }) => name.value === 'after');
  const sized = isConnection ? ' @listSize(slicingArguments: ["first"], sizedFields: ["edges", "nodes"])' : '';
  return { ...field, directives: directives(`@cost(weight: 10)${sized}`) };
}

/** What is about our accounts and not about the market has a tag, by which a contract for the public leaves it out. */
const accounts = new Set(['viewer', 'providerCredits', 'cost']);
const tagged = (field: FieldDefinitionNode, { name }: ObjectTypeDefinitionNode): FieldDefinitionNode =>
  name.value === 'Query' && accounts.has(field.name.value)
    ? { ...field, directives: [...(field.directives ?? []), ...directives('@tag(name: "accounts")')] }
    : field;

function directives(text: string): ConstDirectiveNode[] {
  const [type] = parse(`type T ${text} { f: Int }`, { noLocation: true }).definitions;
  return [...((type as ObjectTypeDefinitionNode).directives ?? [])];
}
