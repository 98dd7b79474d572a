/** Which types lead to fields that may cost something: by the declarations of their fields, whatever is selected. */
import {
  getNamedType,
  isAbstractType,
  isObjectType,
  type GraphQLNamedOutputType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';

const known = new WeakMap<GraphQLNamedOutputType, boolean>();

export function mayCost(schema: GraphQLSchema, type: GraphQLNamedOutputType): boolean {
  let found = known.get(type);
  if (found === undefined) known.set(type, (found = leadsToCosts(schema, type, new Set())));
  return found;
}

function leadsToCosts(schema: GraphQLSchema, type: GraphQLNamedOutputType, seen: Set<GraphQLObjectType>): boolean {
  if (isAbstractType(type)) return schema.getPossibleTypes(type).some((each) => leadsToCosts(schema, each, seen));
  if (!isObjectType(type) || seen.size === seen.add(type).size) return false;
  return Object.values(type.getFields()).some(
    ({ extensions, type: below }) =>
      extensions.facts !== undefined ||
      extensions.asks !== undefined ||
      leadsToCosts(schema, getNamedType(below), seen),
  );
}
