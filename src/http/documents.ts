/** Documents as requests bring them: read and validated within the limits. */
import type { DocumentNode, GraphQLSchema, ValidationRule } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { mistakesIn, readDocument } from '../documents.ts';
import { ShopgraphError } from '../errors.ts';
import { asGraphQLError } from './errors.ts';

/** Refusals are kept with the documents' texts, as the documents are: a text is measured once. */
export const boundedDocuments: Plugin = {
  onParse({ setParseFn }) {
    setParseFn((source: string) => {
      try {
        return readDocument(source);
      } catch (error) {
        throw error instanceof ShopgraphError ? asGraphQLError(error) : error;
      }
    });
  },
  onValidate({ setValidationFn }) {
    setValidationFn((schema: GraphQLSchema, document: DocumentNode, rules: readonly ValidationRule[]) =>
      mistakesIn(schema, document, rules),
    );
  },
};
