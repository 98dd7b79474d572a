/** Guards the calendar of credits: days and months begin in UTC, wherever the process runs. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { startOfMonth, startOfNextDay, startOfNextMonth } from '../../src/upstream/calendar.ts';

const at = (text: string) => Date.parse(text);
const moment = fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true });

it.each([
  ['2030-01-01T00:00:00Z', '2030-01-01T00:00:00Z', '2030-02-01T00:00:00Z', '2030-01-02T00:00:00Z'],
  ['2030-01-31T23:59:59.999Z', '2030-01-01T00:00:00Z', '2030-02-01T00:00:00Z', '2030-02-01T00:00:00Z'],
  ['2028-02-28T12:00:00Z', '2028-02-01T00:00:00Z', '2028-03-01T00:00:00Z', '2028-02-29T00:00:00Z'],
  ['2030-12-31T23:00:00Z', '2030-12-01T00:00:00Z', '2031-01-01T00:00:00Z', '2031-01-01T00:00:00Z'],
  // A month that has begun in UTC and not yet, or long ago, elsewhere.
  ['2030-05-01T00:30:00+14:00', '2030-04-01T00:00:00Z', '2030-05-01T00:00:00Z', '2030-05-01T00:00:00Z'],
])('%s lies in the month of %s, before the month of %s and the day of %s', (now, month, nextMonth, nextDay) => {
  expect(startOfMonth(at(now))).toBe(at(month));
  expect(startOfNextMonth(at(now))).toBe(at(nextMonth));
  expect(startOfNextDay(at(now))).toBe(at(nextDay));
});

it('every moment lies in exactly one month and day: it is never later than the next beginning, nor is there one between', () => {
  fc.assert(
    fc.property(moment, (date) => {
      const now = date.getTime();
      expect(startOfMonth(now)).toBeLessThanOrEqual(now);
      expect(startOfNextMonth(now)).toBeGreaterThan(now);
      expect(startOfMonth(startOfNextMonth(now))).toBe(startOfNextMonth(now));
      expect(startOfMonth(startOfNextMonth(now) - 1)).toBe(startOfMonth(now));
      expect(startOfNextDay(now) - now).toBeGreaterThan(0);
      expect(startOfNextDay(now) - now).toBeLessThanOrEqual(86_400_000);
      expect(startOfNextDay(now) % 86_400_000).toBe(0);
    }),
  );
});
