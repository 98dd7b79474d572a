/** What an operation would cost, as a field: for who plans, and for gateways, which drop what stands beside the data. */
import type { GraphQLSchema } from 'graphql';
import type { RequestContext } from '../context.ts';
import { documentFor, executableOf, firstMistakeIn } from '../documents.ts';
import { ShopgraphError } from '../errors.ts';
import type { Document } from '../plan/analysis.ts';
import { builder } from './builder.ts';
import { CostPreview } from './price.ts';

/** Those that have asked. */
const served = new WeakSet<RequestContext>();

builder.queryField('costPreview', (t) =>
  t.field({
    type: CostPreview,
    description: 'What an operation would cost if it were run now. Asks no provider. Once in an operation.',
    args: {
      document: t.arg.string({ required: true, description: 'A GraphQL document.' }),
      variables: t.arg({ type: 'JSONObject', description: 'Its variables.' }),
      operationName: t.arg.string({ description: 'Which of its operations is meant, if it has several.' }),
    },
    resolve: (_, { document, ...asked }, context, { schema }) => {
      if (served.has(context)) {
        throw new ShopgraphError('LIMIT_EXCEEDED', { says: 'One operation has one `costPreview`.' });
      }
      served.add(context);
      return context.preview(read(document, asked, schema));
    },
  }),
);

/** Throws `BAD_INPUT`, or `LIMIT_EXCEEDED`, for what would not be run either. */
function read(text: string, asked: Parameters<typeof executableOf>[2], schema: GraphQLSchema): Document {
  const document = parsed(text, schema);
  const mistake = firstMistakeIn(schema, document);
  if (mistake) throw wrong(mistake);
  const executable = executableOf(schema, document, asked);
  if ('errors' in executable) throw wrong(executable.errors[0]);
  return executable.executable;
}

function parsed(text: string, schema: GraphQLSchema) {
  try {
    return documentFor(schema, text);
  } catch (error) {
    throw error instanceof ShopgraphError ? error : wrong(error);
  }
}

const wrong = (mistake: unknown) =>
  new ShopgraphError('BAD_INPUT', {
    says: `Of the \`document\`: ${mistake instanceof Error ? mistake.message : 'it cannot be read.'}`,
  });
