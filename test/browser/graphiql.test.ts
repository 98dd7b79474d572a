/** GraphiQL in a real browser: an example and its answer on the screen, and no other host asked. */
import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { serve, type Served } from '../serve.ts';
import { findChromium, launch } from './chromium.ts';

const executable = findChromium();
const screenshots = 'test-results';

interface Opened {
  readonly page: Page;
  readonly served: Served;
  /** The origins that the page has asked. */
  readonly hosts: ReadonlySet<string>;
}

async function withGraphiql(look: (opened: Opened) => Promise<void>): Promise<void> {
  await using served = await serve();
  const browser = await launch(executable!);
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 1100 } });
    const hosts = new Set<string>();
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.protocol.startsWith('http') || url.protocol.startsWith('ws')) hosts.add(url.origin);
    });
    await page.goto(`${served.origin}/graphql`);
    await page.waitForSelector('.graphiql-execute-button');
    await look({ page, served, hosts });
  } finally {
    await browser.close();
  }
}

/** By the button itself: the strip of tabs slides while it is looked for. GraphiQL takes a moment to know what the new tab would run. */
async function runTab(page: Page, name: string, shown: string): Promise<void> {
  await page.locator('.graphiql-tab-button', { hasText: name }).dispatchEvent('click');
  do {
    await page.click('.graphiql-execute-button');
    await Promise.race([shows(page, shown), shows(page, 'Cannot infer operation')]);
  } while ((await resultOf(page))?.includes('Cannot infer operation'));
}

/** Spaces are told from each other by nobody who reads. */
const shows = (page: Page, text: string) =>
  page.waitForFunction(
    `document.querySelector('.result-window')?.textContent.replaceAll('\\u00a0', ' ').includes(${JSON.stringify(text)})`,
  );
const resultOf = async (page: Page) => (await page.locator('.result-window').textContent())?.replaceAll('\u00a0', ' ');
const screenshot = (page: Page, name: string) => {
  mkdirSync(screenshots, { recursive: true });
  return page.screenshot({ path: `${screenshots}/${name}.png` });
};

// Without a browser this is listed as left out at the end of the run.
describe.skipIf(executable === null)('GraphiQL in Chromium', { timeout: 60_000 }, () => {
  it('opens with the examples, answers the first one, and asks no other host', async () => {
    await withGraphiql(async ({ page, served, hosts }) => {
      const tabs = (await page.locator('.graphiql-tab').allTextContents()).join(' ');
      for (const example of ['ShopProductsHistory', 'ShopProfile', 'Product', 'Creator', 'Video', 'Suggestions']) {
        expect(tabs).toContain(example);
      }
      await page.click('.graphiql-execute-button');
      await shows(page, 'Glow');
      await screenshot(page, 'graphiql');
      expect(await resultOf(page)).toContain('"name": "Glow Beauty Co."');
      expect([...hosts]).toEqual([served.origin]);
      expect(served.sandbox.calls).toHaveLength(22);
    });
  });

  it('shows a deferred look-up of JD: the shop at once, the product when it has been collected', async () => {
    await withGraphiql(async ({ page, served }) => {
      served.sandbox.fail({ provider: 'justoneapi', fault: 'slow', latencyMs: 2000, times: 1 });
      await runTab(page, 'Deferred', 'Glow Beauty Co.');
      expect(await resultOf(page)).not.toContain('JdProduct');
      await shows(page, 'JdProduct');
      await shows(page, 'rating');
      await screenshot(page, 'graphiql-deferred');
      expect(served.sandbox.calls).toHaveLength(5);
    });
  });

  it('shows the events of a subscription', async () => {
    await withGraphiql(async ({ page }) => {
      await runTab(page, 'JdItemCollected', 'jdProduct');
      await shows(page, 'JdProduct');
      expect(await resultOf(page)).toContain('"title": "示例水乳套装200ml 生日礼物"');
    });
  });
});
