/** What leads to fields that may cost something, by their declarations. */
import {
  getNamedType,
  isAbstractType,
  isObjectType,
  type GraphQLField,
  type GraphQLNamedOutputType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { placeOf, type Document, type FieldUse, type Path, type Place } from '../analysis.ts';

const known = new WeakMap<GraphQLNamedOutputType, boolean>();

/** Whatever is selected of it. */
function mayCost(schema: GraphQLSchema, type: GraphQLNamedOutputType): boolean {
  let found = known.get(type);
  if (found === undefined) known.set(type, (found = leadsToCosts(schema, type, new Set())));
  return found;
}

function leadsToCosts(schema: GraphQLSchema, type: GraphQLNamedOutputType, seen: Set<GraphQLObjectType>): boolean {
  if (isAbstractType(type)) return schema.getPossibleTypes(type).some((each) => leadsToCosts(schema, each, seen));
  if (!isObjectType(type) || seen.size === seen.add(type).size) return false;
  return Object.values(type.getFields()).some(
    (field) => costs(field) || leadsToCosts(schema, getNamedType(field.type), seen),
  );
}

const costs = ({ extensions: { facts, asks } }: GraphQLField<unknown, unknown>): boolean =>
  facts !== undefined || asks !== undefined;

interface Costly {
  /** The fields that ask by themselves, or below which something selected may cost something. */
  readonly fields: readonly FieldUse[];
  /** Whether anything of the place itself, or below it, may. */
  readonly isPriced: boolean;
}

const costlyPlaces = new WeakMap<Place, Costly>();

export function costlyAt(document: Document, place: Place): Costly {
  let found = costlyPlaces.get(place);
  if (!found) {
    const all = [...place.fields.values()];
    const leads = ({ field, path }: FieldUse) => isPriced(document, path, getNamedType(field.type));
    const fields = all.filter((use) => use.field.extensions.asks !== undefined || leads(use));
    found = { fields, isPriced: fields.length > 0 || all.some(({ field }) => costs(field)) };
    costlyPlaces.set(place, found);
  }
  return found;
}

/** By what is selected of such objects at the path. */
export function isPriced(document: Document, path: Path, type: GraphQLNamedOutputType): boolean {
  const { schema } = document;
  if (!mayCost(schema, type)) return false;
  if (isAbstractType(type)) return schema.getPossibleTypes(type).some((each) => isPriced(document, path, each));
  return costlyAt(document, placeOf(document, path, type.name)).isPriced;
}
