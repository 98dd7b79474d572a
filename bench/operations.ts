/** The operations whose calls are compared: those of schema/operations that both servers can answer, and those of bench/operations. */
import { readdirSync, readFileSync } from 'node:fs';
import { Kind, OperationTypeNode, parse, print, visit, type DocumentNode, type OperationDefinitionNode } from 'graphql';
import { makeWorld } from '../src/sandbox/world.ts';

export interface Operation {
  readonly name: string;
  readonly document: DocumentNode;
  readonly text: string;
  readonly variables: object;
  /** It takes `$after`, and is asked again with the cursor that it ended with. */
  readonly isWalk: boolean;
}

/** What no plain server has: whose word a fact is, the books, and prices. None of it costs a call. */
const shopgraphAlone = ['provenance', 'viewer', 'providerCredits', 'costPreview'];

const world = makeWorld();
const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64url');

/** Spread over the world, so that they belong to different shops and creators. */
const variables: Readonly<Record<string, readonly string[]>> = {
  products: [...world.products.keys()]
    .filter((_, index) => index % 30 === 0)
    .slice(0, 10)
    .map((id) => globalId('Product', id)),
  videos: [...world.videos.keys()]
    .filter((_, index) => index % 20 === 0)
    .slice(0, 6)
    .map((id) => globalId('Video', id)),
};

export const operations: readonly Operation[] = ['../schema/operations/', 'operations/'].flatMap(readFolder);

function readFolder(folder: string): Operation[] {
  const files = readdirSync(new URL(folder, import.meta.url)).toSorted();
  return files
    .flatMap((file) => parse(readFileSync(new URL(folder + file, import.meta.url), 'utf8')).definitions)
    .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
    .filter(({ operation }) => operation === OperationTypeNode.QUERY)
    .map(forBoth)
    .filter(({ selectionSet }) => selectionSet.selections.length > 0)
    .map(toOperation);
}

/** Without what only shopgraph has, and all of it in one part. */
function forBoth(definition: OperationDefinitionNode): OperationDefinitionNode {
  return visit(definition, {
    Field: ({ name }) => (shopgraphAlone.includes(name.value) ? null : undefined),
    Directive: ({ name }) => (name.value === 'defer' ? null : undefined),
  });
}

function toOperation(definition: OperationDefinitionNode): Operation {
  const document: DocumentNode = { kind: Kind.DOCUMENT, definitions: [definition] };
  const taken = (definition.variableDefinitions ?? []).map(({ variable }) => variable.name.value);
  return {
    name: definition.name!.value,
    document,
    text: print(document),
    variables: Object.fromEntries(taken.filter((name) => name in variables).map((name) => [name, variables[name]])),
    isWalk: taken.includes('after'),
  };
}
