// Guarantee: when strict, the sandbox enforces the provider's rolling minute and monthly credits, and never else.

import { describe, expect, it } from 'vitest';
import { documented } from '../../src/sandbox/world.ts';
import { paths, running } from './running.ts';

const detail = paths.productDetail(documented.productId);

describe('strict limits', () => {
  it('never accepts more than 60 requests in any rolling 60 s', async () => {
    let at = 1_000_000;
    const { get, sandbox } = await running({ strict: true, now: () => at });
    for (let call = 0; call < 300; call++) {
      await get(detail);
      at += call % 40 === 39 ? 40_000 : 137;
    }
    const accepted = sandbox.calls.filter((call) => call.status === 200).map((call) => call.at);
    expect(accepted.length).toBeGreaterThan(60);
    for (const start of accepted) {
      expect(accepted.filter((time) => time >= start && time < start + 60_000).length).toBeLessThanOrEqual(60);
    }
    const refused = sandbox.calls.filter((call) => call.status !== 200);
    expect(new Set(refused.map((call) => `${call.status} ${call.credits}`))).toEqual(new Set(['429 0']));
    expect(sandbox.credits()).toBe(accepted.length);
  });

  it('opens again 60 s after the first of the crowd, and says what was wrong', async () => {
    let at = 0;
    const { get } = await running({ strict: true, now: () => at });
    for (let call = 0; call < 60; call++) expect((await get(detail)).status).toBe(200);
    at = 59_999;
    const refused = await get(detail);
    expect(refused.status).toBe(429);
    expect(refused.json).toEqual({ success: false, error: 'Rate limit exceeded. Max 60 requests per minute.' });
    at = 60_000;
    expect((await get(detail)).status).toBe(200);
  });

  it('lets requests that are refused for the rate weigh on the window', async () => {
    let at = 0;
    const { get } = await running({ strict: true, ratePerMinute: 2, now: () => at });
    await get(detail);
    await get(detail);
    at = 30_000;
    for (let retry = 0; retry < 2; retry++) expect((await get(detail)).status).toBe(429);
    at = 60_000;
    expect((await get(detail)).status).toBe(429);
    at = 120_000;
    expect((await get(detail)).status).toBe(200);
  });

  it('stops at the monthly credits, with the credits in the refusal', async () => {
    const { get, sandbox } = await running({ strict: true, monthlyCredits: 3 });
    for (let call = 0; call < 3; call++) expect((await get(detail)).status).toBe(200);
    const refused = await get(detail);
    expect(refused.status).toBe(429);
    expect(refused.json).toEqual({
      success: false,
      error: 'Monthly credit limit reached (3). Resets next month.',
      credits: { used: 3, limit: 3, remaining: 0 },
    });
    expect(sandbox.credits()).toBe(3);
    sandbox.reset();
    expect((await get(detail)).status).toBe(200);
  });

  it('makes nobody wait unless strict', async () => {
    const { get, sandbox } = await running({ monthlyCredits: 1, ratePerMinute: 1 });
    for (let call = 0; call < 5; call++) expect((await get(detail)).status).toBe(200);
    expect(sandbox.credits()).toBe(5);
    sandbox.set({ strict: true });
    expect((await get(detail)).status).toBe(429);
  });
});
