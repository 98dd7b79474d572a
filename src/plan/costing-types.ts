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
import { placeOf, type Document, type Path, type Place } from './analysis.ts';

const known = new WeakMap<GraphQLNamedOutputType, boolean>();

/** Whatever is selected of it. */
export function mayCost(schema: GraphQLSchema, type: GraphQLNamedOutputType): boolean {
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

const pricedPlaces = new WeakMap<Place, boolean>();

/** By what is selected of such objects at the path. */
export function isPriced(document: Document, path: Path, type: GraphQLNamedOutputType): boolean {
  const { schema } = document;
  if (!mayCost(schema, type)) return false;
  if (isAbstractType(type)) return schema.getPossibleTypes(type).some((each) => isPriced(document, path, each));
  const place = placeOf(document, path, type.name);
  let found = pricedPlaces.get(place);
  if (found === undefined) {
    const fields = [...place.fields.values()];
    found = fields.some((use) => costs(use.field) || isPriced(document, use.path, getNamedType(use.field.type)));
    pricedPlaces.set(place, found);
  }
  return found;
}
