/** Guards several stores as one: the newest answer is found wherever it is, and one store's slowness or loss is not another's. */
import { describe, expect, it } from 'vitest';
import { tiers } from '../../src/upstream/store-tiers.ts';
import { noStore, type Kept, type Store } from '../../src/upstream/store.ts';

const FAR = Date.UTC(2100, 0, 1);

function memory(had: Record<string, Kept> = {}): Store & { readonly has: Map<string, Kept>; readonly told: string[] } {
  const has = new Map(Object.entries(had));
  const told: string[] = [];
  return {
    has,
    told,
    read: (keys) => {
      told.push(`read ${keys.join()}`);
      return Promise.resolve(new Map([...has].filter(([key]) => keys.includes(key))));
    },
    write: (key, kept, expiresAt) => {
      told.push(`write ${key} until ${String(expiresAt)}`);
      has.set(key, kept);
      return Promise.resolve();
    },
    close: () => void told.push('close'),
  };
}
const at = (fetchedAt: number, text = `at ${String(fetchedAt)}`): Kept => ({ text, fetchedAt });

describe('reading', () => {
  it('finds of each key the newest, wherever it is', async () => {
    const first = memory({ a: at(1), b: at(5), c: at(0) });
    const second = memory({ a: at(2), b: at(4), d: at(9), e: at(9) });
    const found = await tiers(first, second, noStore).read(['a', 'b', 'c', 'd', 'x']);
    expect(Object.fromEntries(found)).toEqual({ a: at(2), b: at(5), c: at(0), d: at(9) });
    expect(first.told).toEqual(second.told);
  });

  it('finds the first of equals', async () => {
    const [first, second] = [memory({ a: at(1, 'first') }), memory({ a: at(1, 'second') })];
    expect((await tiers(first, second).read(['a'])).get('a')?.text).toBe('first');
  });

  it('asks all before any has answered', async () => {
    const { promise, resolve } = Promise.withResolvers<ReadonlyMap<string, Kept>>();
    const fast = memory({ a: at(1) });
    const reading = tiers({ ...noStore, read: () => promise }, fast).read(['a']);
    expect(fast.told).toEqual(['read a']);
    resolve(new Map([['a', at(2)]]));
    expect((await reading).get('a')).toEqual(at(2));
  });

  it('finds nothing in no stores', async () => {
    expect(await tiers().read(['a'])).toEqual(new Map());
  });
});

it('writing is done when all have kept it, and waits for none to begin', async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const fast = memory();
  let isDone = false;
  const writing = tiers({ ...noStore, write: () => promise }, fast)
    .write('a', at(1), FAR)
    .then(() => (isDone = true));
  expect(fast.told).toEqual([`write a until ${String(FAR)}`]);
  await Promise.resolve();
  expect(isDone).toBe(false);
  resolve(undefined);
  await writing;
  expect(fast.has.get('a')).toEqual(at(1));
});

it('closing closes all', () => {
  const [first, second] = [memory(), memory()];
  tiers(first, second).close();
  expect([first.told, second.told]).toEqual([['close'], ['close']]);
});
