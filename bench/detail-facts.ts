/**
 * Who else can serve the detail facts of an operation. Told by the declarations in shopgraph's schema, so that nobody can
 * choose the marks by how the numbers come out.
 *
 * A detail fact is one whose first source is a call for one node alone. A row serves it where the node stands in a list whose
 * rows tell it; a bulk source, where the operation wants such facts of several nodes.
 */
import { getNullableType, isListType, TypeInfo, visit, visitWithTypeInfo, type DocumentNode } from 'graphql';
import { schema } from '../src/graph/schema.ts';
import type { Source } from '../src/plan/sources.ts';
import type { Endpoint } from '../src/providers/provider.ts';

export interface ServedBy {
  readonly row: boolean;
  readonly bulk: boolean;
  /** Some of them by neither. */
  readonly none: boolean;
}

/** Where objects stand: below which fields, in how many copies, and which list's rows tell of them. */
interface Place {
  readonly path: string;
  readonly isMany: boolean;
  readonly list: Endpoint | undefined;
}

interface Fact {
  readonly place: Place;
  readonly isInRow: boolean;
  readonly bulk: Endpoint | undefined;
}

export function servedBy(document: DocumentNode): ServedBy {
  const facts = detailFactsOf(document);
  const served = facts.map(({ isInRow, bulk, place }) => {
    if (isInRow) return 'row';
    const others = facts.filter((other) => other.bulk === bulk && other.place.path !== place.path);
    return bulk && (place.isMany || others.length > 0) ? 'bulk' : 'none';
  });
  return { row: served.includes('row'), bulk: served.includes('bulk'), none: served.includes('none') };
}

function detailFactsOf(document: DocumentNode): Fact[] {
  const facts: Fact[] = [];
  const places: Place[] = [{ path: '', isMany: false, list: undefined }];
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      Field: {
        enter: ({ name, alias }) => {
          const field = types.getFieldDef();
          const place = places.at(-1)!;
          if (!field) throw new Error(`The schema has no ${name.value}.`);
          const sources = (field.extensions.facts ?? []) as readonly Source[];
          const [first] = sources;
          if (first && 'asking' in first && !first.asking.endpoint.bulk) {
            const isInRow = sources.some((source) => 'list' in source && source.list === place.list);
            facts.push({ place, isInRow, bulk: sources.map(bulkOf).find((endpoint) => endpoint !== undefined) });
          }
          places.push({
            path: `${place.path}.${(alias ?? name).value}`,
            isMany: place.isMany || isListType(getNullableType(field.type)),
            list: sources.length > 0 ? undefined : ((field.extensions.asks as Endpoint | undefined) ?? place.list),
          });
        },
        leave: () => void places.pop(),
      },
    }),
  );
  return facts;
}

const bulkOf = (source: Source): Endpoint | undefined =>
  'asking' in source && source.asking.endpoint.bulk ? source.asking.endpoint : undefined;
