/** What would cost too much, come in too many parts, or bring too much, is refused before anything is asked. */
import { executableOf } from '../documents.ts';
import { ShopgraphError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Objection } from './admission.ts';

/** Before they are coerced, which takes longer than to read them. A router may name each entity twice. */
export const tooMany: Objection = ({ variables, context }) => {
  const itemsMax = 2 * context.limits.representationsMax;
  if (!Object.values(variables).some((value) => Array.isArray(value) && value.length > itemsMax)) return null;
  const says = `A list in the variables has more than ${itemsMax} items.`;
  return { error: new ShopgraphError('LIMIT_EXCEEDED', { says }) };
};

export const tooDear: Objection = ({ schema, document, operation, variables, context }) => {
  const asked = executableOf(schema, document, { operationName: operation.name?.value, variables });
  // Whoever executes it says what is wrong with the variables.
  if ('errors' in asked) return null;
  const { credits, parts } = context.coldPrice(asked.executable);
  const { creditsMax } = context.limits;
  if (credits > creditsMax) {
    const says = `Answering this may take ${credits} credits, and one operation may take ${creditsMax}. Ask for fewer rows, or for fewer facts at a time.`;
    return { error: new ShopgraphError('COST_TOO_HIGH', { says, creditsEstimated: credits }) };
  }
  if (parts > limits.parts) {
    const says = `The answer would come in ${parts} parts, and may in ${limits.parts}. Defer or stream less.`;
    return { error: new ShopgraphError('LIMIT_EXCEEDED', { says }) };
  }
  return null;
};
