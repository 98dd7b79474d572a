/** Guards the way a call travels: the policies see it in the order they are named, the sender last. */
import { expect, it } from 'vitest';
import { pipeline, type Step } from '../../src/upstream/pipeline.ts';
import { aCall, anAnswer, ending } from './calls.ts';

it('each policy sees the call on its way there in the order named, and the answer on its way back in reverse', async () => {
  const seen: string[] = [];
  const watch =
    (name: string): Step =>
    (next) =>
    async (call) => {
      seen.push(`${name} asks ${call.key}`);
      const answer = await next(call);
      seen.push(`${name} answers`);
      return answer;
    };
  const { ask } = ending(() => {
    seen.push('sent');
    return anAnswer('from the end');
  });
  const answer = await pipeline(watch('first'), watch('second'), ask)(aCall('k'));
  expect(answer.data).toBe('from the end');
  expect(seen).toEqual(['first asks k', 'second asks k', 'sent', 'second answers', 'first answers']);
});

it('a policy that answers itself keeps the call from going further', async () => {
  const { ask, calls } = ending(() => anAnswer('bought'));
  const shortcut: Step = () => () => Promise.resolve(anAnswer('at hand'));
  expect((await pipeline(shortcut, ask)(aCall())).data).toBe('at hand');
  expect(calls).toEqual([]);
});

it('without policies the sender is asked as it is', async () => {
  const { ask, calls } = ending(() => anAnswer('bought'));
  expect((await pipeline(ask)(aCall())).data).toBe('bought');
  expect(calls.length).toBe(1);
});
