/** GraphiQL in a real browser: an example and its answer on the screen, and no other host asked. */
import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { serve } from '../serve.ts';
import { findChromium, launch } from './chromium.ts';

const executable = findChromium();
const screenshots = 'test-results';

// Without a browser this is listed as left out at the end of the run.
describe.skipIf(executable === null)('GraphiQL in Chromium', () => {
  it('opens with the examples, answers the first one, and asks no other host', { timeout: 60_000 }, async () => {
    await using served = await serve();
    const browser = await launch(executable!);
    try {
      const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
      const hosts = new Set<string>();
      page.on('request', (request) => {
        const url = new URL(request.url());
        if (url.protocol.startsWith('http') || url.protocol.startsWith('ws')) hosts.add(url.origin);
      });
      await page.goto(`${served.origin}/graphql`);
      await page.waitForSelector('.graphiql-execute-button');
      const tabs = (await page.locator('.graphiql-tab').allTextContents()).join(' ');
      for (const example of ['ShopProductsHistory', 'ShopProfile', 'Product', 'Creator', 'Video', 'Suggestions']) {
        expect(tabs).toContain(example);
      }

      await page.click('.graphiql-execute-button');
      await page.waitForFunction("document.querySelector('.result-window')?.textContent.includes('Glow')");
      const shown = await page.locator('.result-window').textContent();
      mkdirSync(screenshots, { recursive: true });
      await page.screenshot({ path: `${screenshots}/graphiql.png` });
      expect(shown?.replaceAll('\u00a0', ' ')).toContain('"name": "Glow Beauty Co."');
      expect([...hosts]).toEqual([served.origin]);
      expect(served.sandbox.calls).toHaveLength(22);
    } finally {
      await browser.close();
    }
  });
});
