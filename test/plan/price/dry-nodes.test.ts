/** Whom a dry run looks at for what is wanted of a node: nobody whom nobody would hear. */
import { expect, it } from 'vitest';
import * as z from 'zod';
import { addRow, createNodes, type GraphNode } from '../../../src/plan/node.ts';
import { createNotes } from '../../../src/plan/price/dry-nodes.ts';
import { lacksOf } from '../../../src/plan/price/dry-note.ts';
import { from } from '../../../src/plan/sources.ts';
import type { Want } from '../../../src/plan/wants.ts';
import type { Endpoint } from '../../../src/providers/provider.ts';

const about = z.object({ title: z.string().optional(), owner: z.string().optional() });
const endpoint = (name: string) => ({
  ...{ provider: 'WINNING_HUNTER' as const, name, method: 'GET' as const, path: `/${name}/{id}`, credits: 1, ttlMs: 0 },
  params: z.object({ id: z.string(), market: z.string().optional() }),
  data: about.nullable(),
});
const [one, two, three, list] = [endpoint('one'), endpoint('two'), endpoint('three'), endpoint('list')];
const byId = ({ id }: GraphNode) => ({ id });
const inMarket = ({ id, rows }: GraphNode) => (rows.length > 0 ? { id, market: 'US' } : { id });

type Ask = ReturnType<typeof from<typeof one, GraphNode, object>>;
const want = (field: 'title' | 'owner', ...asks: readonly Ask[]): Want => ({
  ...{ key: field, field, args: {}, isDeferred: false, rows: [] },
  offers: asks.map((ask) => {
    const source = ask(field);
    return { id: source.asking.endpoint.name, source };
  }),
});

function notesOf(held: Record<string, z.output<typeof about>>) {
  const looked: string[] = [];
  const nameOf = (asked: Endpoint, params: object) => [asked.name, ...Object.values(params)].join(' ');
  const notes = createNotes({
    refusal: () => null,
    look: (asked, several) => {
      looked.push(...several.map((params) => nameOf(asked, params)));
      return Promise.resolve(
        several.map((params) => {
          const key = nameOf(asked, params);
          const data = held[key];
          return { key, params, held: data && { data, fetchedAt: 0 }, isComing: false };
        }),
      );
    },
  });
  const node = createNodes()('Thing', '1');
  const stand = (wants: readonly Want[], leading: readonly Want[] = []) =>
    notes.add([
      {
        here: { at: undefined, type: 'Thing', via: null, items: [{ source: node, reason: null }] },
        wants: new Map(wants.map((each) => [each.field, each])),
        leading,
      },
    ]);
  const lacking = () => [...notes.all()].flatMap(lacksOf).map(({ want: { field }, open }) => [field, open.length]);
  return { notes, node, stand, looked, lacking };
}

const [askOne, askTwo, askThree] = [from(one, byId), from(two, byId), from(three, byId)];

it('nobody is looked at who comes after one that tells', async () => {
  const { stand, looked, lacking } = notesOf({ 'one 1': { title: 'a' } });
  await stand([want('title', askOne, askTwo)]);
  expect([looked, lacking()]).toEqual([['one 1'], []]);
});

it('all are looked at where none tells, or nobody says it', async () => {
  const { stand, looked, lacking } = notesOf({ 'one 1': { title: 'a' } });
  await stand([want('owner', askOne, askTwo, askThree)]);
  expect([looked, lacking()]).toEqual([['one 1', 'two 1', 'three 1'], [['owner', 2]]]);
});

it('it is enough that somebody tells, but where it leads whoever comes first has the word', async () => {
  const held = { 'two 1': { owner: 'second' }, 'three 1': { title: 'a', owner: 'third' } };
  const wants = [want('title', askThree), want('owner', askOne, askTwo, askThree)];
  const [, owner] = wants;
  const told = notesOf(held);
  await told.stand(wants);
  expect(told.looked).toEqual(['three 1', 'one 1']);
  const led = notesOf(held);
  await led.stand(wants, [owner!]);
  expect(led.looked).toEqual(['three 1', 'one 1', 'two 1']);
  expect(led.notes.valueOf(led.node, owner!)).toEqual({ value: 'second' });
});

it('what tells several facts is one question, and tells none of those that it is not about', async () => {
  const { stand, looked, lacking } = notesOf({ 'one 1': { title: 'a', owner: 'first' } });
  const elsewhere = askOne.about(({ region }) => region !== null) as Ask;
  await stand([want('title', askOne), want('owner', elsewhere, askTwo)]);
  expect([looked, lacking()]).toEqual([['one 1', 'two 1'], [['owner', 1]]]);
});

it('a node that stands somewhere anew is asked about as it is then', async () => {
  const { node, stand, looked, lacking } = notesOf({ 'one 1': { title: 'a' } });
  const title = want('title', from(one, inMarket), askTwo);
  await stand([title]);
  addRow(node, { list, said: {}, fetchedAt: 0 });
  await stand([want('owner', askThree)]);
  // Of the title as well, since who tells it may be asked otherwise now.
  expect(looked).toEqual(['one 1', 'one 1 US', 'three 1', 'two 1']);
  expect(lacking()).toEqual([
    ['title', 2],
    ['owner', 1],
  ]);
});
