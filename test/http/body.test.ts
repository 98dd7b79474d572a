/** Guards the count that is taken before a body is read: what stands in a string counts for nothing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excessOf } from '../../src/http/body.ts';

describe('what a body has too much of', () => {
  it('is counted outside of strings, wherever these end', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: fc.constantFrom('"', '\\', ',', '[', '{', 'a', 'é') }), (text) => {
        const values = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').match(/[,[{]/g)?.length ?? 0;
        expect(excessOf(Buffer.from(text), values)).toBeNull();
        if (values > 0) expect(excessOf(Buffer.from(text), values - 1)).toBe(`has more than ${values - 1} values`);
      }),
    );
  });

  it.each([',,', ',,\\', ',,\\",,', ',,\\\\\\",,'])('is nothing in a string that does not end: %s', (text) => {
    expect(excessOf(Buffer.from(`{"query":"${text}`), 1)).toBeNull();
  });
});
