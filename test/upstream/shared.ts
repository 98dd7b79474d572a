/** One Redis for a test file, and connections to it that end with their test; each test has keys of its own. */
import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/upstream/clock.ts';
import { connectRedis, type SharedRedis } from '../../src/upstream/redis.ts';

export async function connected(url: string, prefix: string): Promise<SharedRedis> {
  const shared = connectRedis({ url, prefix, clock: systemClock });
  onTestFinished(shared.close);
  await shared.settledOnce(5000);
  return shared;
}

export const ownPrefix = (): string => `${randomUUID()}:`;

/** Cuts all connections that are there; they come back by themselves. */
export const cutAll = async (admin: SharedRedis): Promise<void> => {
  await admin.run((client) => client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'));
};
