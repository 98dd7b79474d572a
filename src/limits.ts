/**
 * How much one request may be, in one place: what goes beyond is refused with `LIMIT_EXCEEDED` (a wrong argument with
 * `BAD_INPUT`, a price with `COST_TOO_HIGH`) before anything is bought. Those that a server may set itself are variables:
 * BODY_LIMIT_BYTES, MAX_REPRESENTATIONS, MAX_CREDITS_PER_OPERATION, DEADLINE_MS.
 */
export const limits = {
  /** Of a document's text: comments have to be read as well. */
  characters: 20_000,
  /** Words and marks of a document. The largest that people write have some hundreds. */
  tokens: 2000,
  /** Fields inside of fields. The widest introspection that tools send is 15 deep. */
  depth: 20,
  /** Fields in all, each fragment counted wherever it is spread. */
  fields: 500,
  /** Fields that are renamed, counted likewise. */
  aliases: 100,
  /** Directives, counted likewise. */
  directives: 100,
  /** The same name in one selection, counted likewise: GraphQL compares each with each. */
  sameName: 20,
  /** Operations in one document: each is validated, and one is answered. */
  operations: 10,
  /** Fragments in one document: GraphQL compares each with each. */
  fragments: 30,
  /** Mistakes that are told of a document. */
  mistakes: 10,
  /** Values in a body, beside six for each of `MAX_REPRESENTATIONS`, which may come twice: short ones cost most to read. */
  values: 400,
  /** Keys of one object in a body. */
  keys: 200,
  /** Rows of one connection: `first`. */
  first: 100,
  /** Rows in all lists of an answer: what is known already costs no credit, but fills the answer all the same. */
  rows: 10_000,
  /** Ids in `nodes`. */
  nodes: 100,
  /** Fields whose origin `x-shopgraph-explain` tells of, and facts that are chosen for. */
  explained: 2000,
  /** Parts that `@defer` and `@stream` cut an answer into. */
  parts: 500,
} as const;
