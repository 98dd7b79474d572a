/** One operation, asked of both servers: each fresh, over a sandbox of its own, whose log tells the calls. */
import { isDeepStrictEqual } from 'node:util';
import { TypeInfo, validate, visit, visitWithTypeInfo, type GraphQLSchema } from 'graphql';
import { readConfig } from '../src/config.ts';
import { configuredOf } from '../src/configured.ts';
import { schema } from '../src/graph/schema.ts';
import { startSandbox, type SandboxCall } from '../src/sandbox/sandbox.ts';
import { serve } from '../test/serve.ts';
import { differencesOf, reasonFor, type Difference } from './differences.ts';
import type { Operation } from './operations.ts';
import { createPlainServer, schema as plainSchema } from './plain/server.ts';

/** Of an operation that goes on from page to page. */
const PAGES = 3;

export interface Asked {
  readonly answers: readonly unknown[];
  readonly calls: number;
  readonly credits: number;
}

export interface Compared {
  readonly operation: Operation;
  readonly ours: Asked;
  readonly plain: Asked;
  /** Those that are known. */
  readonly differences: readonly Difference[];
}

/** Throws unless both understand the same by it, and say the same. */
export async function compare(operation: Operation): Promise<Compared> {
  const [ourFields, plainFields] = [schema, plainSchema].map((each) => fieldsOf(operation, each));
  if (!isDeepStrictEqual(ourFields, plainFields)) throw new Error(`${operation.name} is another question to each.`);
  const ours = await askOurs(operation);
  const plain = await askPlain(operation);
  const differences = differencesOf(ours.answers, plain.answers);
  const strange = differences.find((difference) => reasonFor(difference) === null);
  if (strange) throw new Error(`${operation.name}: the answers differ. ${JSON.stringify(strange)}`);
  return { operation, ours, plain, differences };
}

/** Which fields it selects, and of which types they and their arguments are. */
function fieldsOf({ name, document }: Operation, asked: GraphQLSchema): string[] {
  const [mistake] = validate(asked, document);
  if (mistake) throw new Error(`${name}: ${mistake.message}`);
  const types = new TypeInfo(asked);
  const fields: string[] = [];
  visit(
    document,
    visitWithTypeInfo(types, {
      Field: ({ name: { value } }) => {
        fields.push(`${String(types.getParentType())}.${value}: ${String(types.getType())}`);
      },
      Argument: ({ name: { value } }) => {
        fields.push(`${value}: ${String(types.getInputType())} = ${JSON.stringify(types.getDefaultValue())}`);
      },
    }),
  );
  return fields;
}

async function askOurs(operation: Operation): Promise<Asked> {
  await using served = await serve();
  return await asked(operation, (text, variables) => served.ask(text, { ...variables }), served.sandbox.calls);
}

async function askPlain(operation: Operation): Promise<Asked> {
  const sandbox = await startSandbox();
  try {
    const ask = createPlainServer(configuredOf(readConfig({ SANDBOX: '1' }), sandbox));
    return await asked(operation, ask, sandbox.calls);
  } finally {
    await sandbox.close();
  }
}

type Ask = (text: string, variables: object) => Promise<{ readonly data: unknown; readonly errors?: unknown }>;

async function asked(
  { name, text, variables, isWalk }: Operation,
  ask: Ask,
  calls: readonly SandboxCall[],
): Promise<Asked> {
  const answers: unknown[] = [];
  let after: unknown = null;
  for (let page = 0; page < (isWalk ? PAGES : 1); page++) {
    const { data, errors } = await ask(text, isWalk ? { ...variables, after } : variables);
    if (errors !== undefined) throw new Error(`${name}: ${JSON.stringify(errors)}`);
    answers.push(data);
    after = endCursorIn(data);
  }
  return { answers, calls: calls.length, credits: calls.reduce((sum, { credits }) => sum + credits, 0) };
}

function endCursorIn(data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return undefined;
  if ('endCursor' in data) return data.endCursor;
  return Object.values(data)
    .map(endCursorIn)
    .find((cursor) => cursor !== undefined);
}
