/** Inline traces, as Apollo's routers ask subgraphs for them. */
import { Trace } from '@apollo/usage-reporting-protobuf';
import { expect, it } from 'vitest';
import { documented } from '../../src/sandbox/world.ts';
import { serve } from '../serve.ts';

const { shopId } = documented;
const asked = { 'apollo-federation-include-trace': 'ftv1' };
const decoded = (extensions: unknown) => Trace.decode(Buffer.from((extensions as { ftv1: string }).ftv1, 'base64'));

it('tell how long each field took, and by which name it was asked for', async () => {
  await using served = await serve();
  const { extensions } = await served.ask(
    `{ best: shop(id: "${shopId}") { name products(first: 2) { nodes { title } } } }`,
    {},
    asked,
  );
  const { root, durationNs } = decoded(extensions);
  const [shop] = root!.child!;
  expect(shop).toMatchObject({ responseName: 'best', originalFieldName: 'shop', type: 'Shop', parentType: 'Query' });
  const [, products] = shop!.child!;
  expect(products!.child![0]!.child).toMatchObject([{ index: 0 }, { index: 1 }]);
  expect(Number(products!.endTime)).toBeGreaterThan(Number(products!.startTime));
  expect(durationNs).toBeGreaterThan(0);
});

it('are not made for anybody who does not ask', async () => {
  await using served = await serve();
  expect((await served.ask('{ viewer { name } }')).extensions).not.toHaveProperty('ftv1');
});

it('name a failed field, and no more of the failure than the answer does', async () => {
  await using served = await serve({ only: ['winninghunter'] });
  served.sandbox.fail({ path: 'shop-detail', fault: 'unauthorized' });
  const { extensions, errors } = await served.ask(`{ shop(id: "${shopId}") { shopId name } }`, {}, asked);
  const failed = decoded(extensions).root!.child![0]!.child!.find(({ responseName }) => responseName === 'name')!;
  expect(failed.error).toMatchObject([{ message: errors![0]!.message }]);
  expect(JSON.parse(failed.error![0]!.json!)).toMatchObject({ extensions: { code: 'AUTH_FAILED' } });
  expect(JSON.stringify(decoded(extensions))).not.toContain('reason');
});

it('of a hundred rows with all that is known of them are whole', async () => {
  await using served = await serve();
  const text = `{ shop(id: "7495600000000000100") { products(first: 100) { nodes { id productId title price { amount currency } history(period: LAST_30_DAYS) { points { date sales revenue { amount } } } } } } }`;
  const { data, extensions } = await served.ask(text.replace('7495600000000000100', shopId), {}, asked);
  const rows = data.shop.products.nodes.length as number;
  expect(rows).toBeGreaterThan(50);
  const nodes = decoded(extensions).root!.child![0]!.child![0]!.child![0]!.child!;
  expect(nodes).toHaveLength(rows);
  expect((extensions as unknown as { ftv1: string }).ftv1.length).toBeGreaterThan(200_000);
});
