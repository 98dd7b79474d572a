// Guarantee: another process can read the call log, ask for faults and change options over HTTP, unlogged and free.

import { describe, expect, it } from 'vitest';
import { documented, notable } from '../../src/sandbox/world.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { paths, running } from './running.ts';

const detail = paths.productDetail(documented.productId);

async function controlled() {
  const its = await running();
  const control = async (method: string, path: string, body?: string) => {
    const response = await fetch(its.sandbox.origin + path, body === undefined ? { method } : { method, body });
    return { status: response.status, json: (await response.json()) as { error?: string } };
  };
  return { ...its, control };
}

describe('control routes', () => {
  it('tell where to start, and what was used', async () => {
    const { control, get, sandbox } = await controlled();
    await get(detail);
    expect((await control('GET', '/_sandbox')).json).toEqual({
      baseUrls: {
        winninghunter: sandbox.winninghunter.baseUrl,
        justoneapi: sandbox.justoneapi.baseUrl,
        socialfetch: sandbox.socialfetch.baseUrl,
        echotik: sandbox.echotik.baseUrl,
      },
      credits: 1,
      calls: 1,
      startWith: { ...documented, ...notable },
    });
    expect(sandbox.winninghunter.baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/winninghunter$/);
  });

  it('give and clear the call log', async () => {
    const { control, get } = await controlled();
    await get(`${detail}?api_key=secret`);
    expect((await control('GET', '/_sandbox/calls')).json).toEqual([
      {
        at: expect.any(Number),
        provider: 'winninghunter',
        endpoint: 'productDetail',
        method: 'GET',
        path: detail,
        params: { id: documented.productId },
        status: 200,
        credits: 1,
      },
    ]);
    expect((await control('DELETE', '/_sandbox/calls')).status).toBe(200);
    expect((await control('GET', '/_sandbox/calls')).json).toEqual([]);
  });

  it('set and clear faults', async () => {
    const { control, get } = await controlled();
    expect((await control('POST', '/_sandbox/faults', '{"fault":"server-error"}')).status).toBe(201);
    expect((await get(detail)).status).toBe(500);
    await control('DELETE', '/_sandbox/faults');
    expect((await get(detail)).status).toBe(200);
  });

  it('set faults that strike by chance, and give credits back', async () => {
    const { control, get, sandbox } = await controlled();
    const rule = { fault: 'not-json', chance: 0.5, refunded: true };
    expect((await control('POST', '/_sandbox/faults', JSON.stringify(rule))).json).toEqual(rule);
    const bodies: (string | undefined)[] = [];
    for (let n = 0; n < 20; n++) bodies.push((await get(detail)).json?.data.id);
    expect(new Set(bodies)).toEqual(new Set([documented.productId, undefined]));
    expect(sandbox.credits()).toBe(bodies.filter((id) => id !== undefined).length);
  });

  it('change options while running', async () => {
    const { control, post } = await controlled();
    expect((await control('PATCH', '/_sandbox', '{"pageMax":5,"latencyMs":1}')).status).toBe(200);
    const { data } = (await post(paths.shopProducts, { id: documented.shopId })).json;
    expect(data).toHaveLength(5);
  });

  it.each([
    ['POST', '/_sandbox/faults', '{', 'not valid JSON'],
    ['POST', '/_sandbox/faults', '[]', 'A fault rule is a JSON object'],
    ['POST', '/_sandbox/faults', '{"fault":"flood"}', '"fault" must be one of: rate-limit'],
    ['POST', '/_sandbox/faults', '{"fault":"drop","tims":1}', 'no "tims"'],
    ['POST', '/_sandbox/faults', '{"fault":"drop","times":0}', '"times" must be 1 or more'],
    ['POST', '/_sandbox/faults', '{"fault":"drop","chance":1.01}', '"chance" must be a number from 0 to 1'],
    ['POST', '/_sandbox/faults', '{"fault":"drop","chance":"0.5"}', '"chance" must be a number from 0 to 1'],
    ['POST', '/_sandbox/faults', '{"fault":"drop","refunded":1}', '"refunded" must be a boolean'],
    ['PATCH', '/_sandbox', '7', 'Options are a JSON object'],
    ['PATCH', '/_sandbox', '{"latency":1}', 'There is no option "latency"'],
    ['PATCH', '/_sandbox', '{"latencyMs":"1"}', '"latencyMs" must be a number'],
    ['PATCH', '/_sandbox', '{"pageMax":0}', '"pageMax" must be a whole number of 1 or more'],
    ['PATCH', '/_sandbox', '{"port":1}', 'There is no option "port"'],
  ])('refuse %s %s %s with a clear sentence', async (method, path, body, sentence) => {
    const { control } = await controlled();
    const answer = await control(method, path, body);
    expect(answer.status).toBe(400);
    expect(answer.json.error).toContain(sentence);
  });

  it('leave the call log alone', async () => {
    const { control, sandbox } = await controlled();
    expect((await control('GET', '/_sandbox/nothing')).status).toBe(404);
    expect(sandbox.calls).toEqual([]);
  });
});

describe('the server', () => {
  it('says so when its port is taken', async () => {
    const { sandbox } = await running();
    const port = Number(new URL(sandbox.origin).port);
    await expect(startSandbox({ port })).rejects.toThrow('EADDRINUSE');
  });

  it('may be closed twice', async () => {
    const { sandbox } = await running();
    await sandbox.close();
    await sandbox.close();
  });
});
