/** Whether what is selected of a list's owner reads the list's first page, so that the page may tell whether there is such an owner. */
import { getArgumentValues, getNamedType, type GraphQLResolveInfo } from 'graphql';
import { namesIn, placeOf, type FieldUse } from './analysis.ts';
import { checkFirst, needsRows, type Forward } from './forward.ts';

/** `info` is of the field that answers the owner; `list` names the connection, `free` what is known without the page. */
export function readsFirstPage(info: GraphQLResolveInfo, list: string, free: readonly string[]): boolean {
  const owner = getNamedType(info.returnType).name;
  return [...placeOf(info, info.path, owner).fields].some(([key, use]) => {
    if (use.field.name !== list) return !free.includes(use.field.name);
    const forward = forwardOf(use, info);
    if (!forward || forward.after != null) return false;
    const path = { prev: info.path, key, typename: owner };
    return needsRows(forward, namesIn(placeOf(info, path, getNamedType(use.field.type).name)));
  });
}

/** Null where the arguments are wrong, which is told where the field is answered. */
function forwardOf({ field, nodes }: FieldUse, { variableValues }: GraphQLResolveInfo): Forward | null {
  try {
    const forward = getArgumentValues(field, nodes[0]!, variableValues) as unknown as Forward;
    checkFirst(forward);
    return forward;
  } catch {
    return null;
  }
}
