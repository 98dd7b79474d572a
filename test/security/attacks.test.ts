/** Each attack is refused as it should be, or is harmless; it costs no upstream call beyond what it is worth; and the server goes on. */
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve, type Served } from '../serve.ts';
import {
  ANSWER_BYTES_MAX,
  attacks,
  connections,
  profiles,
  send,
  trivial,
  type Attack,
  type Got,
  type Profile,
  type Way,
} from './attacks.ts';

const agent = connections();
const served = new Map<Profile, Served>();
beforeAll(async () => {
  for (const [profile, env] of Object.entries(profiles)) served.set(profile as Profile, await serve({ env }));
});
afterAll(async () => {
  agent.destroy();
  for (const each of served.values()) await each[Symbol.asyncDispose]();
});

it('there are 39 of them, each another', () => {
  expect(new Set(attacks.map(({ name }) => name)).size).toBe(39);
  expect(attacks).toHaveLength(39);
});

const cases = attacks.flatMap((attack) =>
  attack.ways.map((way, index) => ({ name: `${attack.name} (${String(index + 1)})`, attack, way })),
);

let n = 0;

describe('an attack', () => {
  it.each(cases)('$name', async ({ attack, way }) => {
    const { origin, sandbox } = served.get(attack.profile)!;
    const before = sandbox.calls.length;
    const sent = Array.from({ length: way.atOnce ?? 1 }, () => answerTo(origin, way));
    for (const got of await Promise.all(sent)) check(got, way);
    expect(sandbox.calls.length - before).toBeLessThanOrEqual('calls' in way.gets ? (way.gets.calls ?? 0) : 0);
    await isWell(attack);
  });
});

/** Who is cut while still writing may not get to read why: then it is sent once more. */
async function answerTo(origin: string, way: Way, attempts = 20): Promise<Got> {
  const got = await send(origin, way.sends(n++), agent);
  return got.status === null && attempts > 1 ? answerTo(origin, way, attempts - 1) : got;
}

function check({ status, headers, text, sentBytes }: Got, { gets }: Way) {
  expect({ status, text: text.slice(0, 300) }).toEqual({ status: gets.status, text: expect.any(String) as string });
  expect(text.length).toBeLessThan(ANSWER_BYTES_MAX);
  // Nobody is let in, and what the system holds between two sockets is all that was taken of a body.
  expect(headers['access-control-allow-origin']).toBeUndefined();
  expect(sentBytes).toBeLessThan(16_000_000);
  if ('harmless' in gets) {
    expect(text).toMatch(gets.shows);
    if (gets.showsNot) expect(JSON.stringify([text, headers])).not.toMatch(gets.showsNot);
    return;
  }
  if (gets.code !== null) expect(text).toContain(`"code":"${gets.code}"`);
  if (gets.says) expect(text).toMatch(gets.says);
  // Neither where it broke nor what it broke on.
  expect(text).not.toMatch(/INTERNAL|node_modules|\.ts:|at \w+ \(/);
}

async function isWell({ profile }: Attack) {
  const { status, text } = await send(served.get(profile)!.origin, trivial(n++), agent);
  expect([status, text]).toEqual([200, expect.stringMatching(/^\{"data":\{"shop":\{"id":"\w+"\}\}/)]);
}

it('a request that does not come to its end is cut by the server itself', () => {
  const { requestTimeout, headersTimeout } = createServer();
  expect([requestTimeout, headersTimeout].every((ms) => ms > 0 && ms <= 300_000)).toBe(true);
});
