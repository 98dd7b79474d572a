/** A provider's reply as a client gets to see it, and what the client makes of it. */
import { ShopgraphError } from '../../src/errors.ts';
import { parseJson } from '../../src/json.ts';
import type { Endpoint, Provider, WireReply } from '../../src/providers/provider.ts';

export function replyOf(status: number, text: string, headers: WireReply['headers'] = {}): WireReply {
  try {
    return { status, headers, text, json: parseJson(text) };
  } catch {
    return { status, headers, text, json: undefined };
  }
}

/** Null: the client takes it for an answer. */
export function refusalBy(provider: Provider, reply: WireReply, endpoint: Endpoint): ShopgraphError | null {
  try {
    provider.check(reply, endpoint);
    return null;
  } catch (error) {
    if (error instanceof ShopgraphError) return error;
    throw error;
  }
}
