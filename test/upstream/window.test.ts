/** Guards the rolling minute: never more than N requests in it at whatever moment the provider counts, and never fewer than it allows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localWindow, openWindow, type LocalWindow, type Slot } from '../../src/upstream/window.ts';

const WINDOW_MS = 60_000;

/** A clock that only tells the time: a window sets no timers. */
function aClock(start = Date.UTC(2030, 0, 1)) {
  let now = start;
  return {
    now: () => now,
    after: () => {
      throw new Error('a window waits for nothing');
    },
    pass: (ms: number) => {
      now += ms;
    },
  };
}

interface Request {
  readonly slot: Slot;
  readonly sentAt: number;
  answeredAt: number;
}

type Deed =
  | { readonly does: 'take'; readonly count: number }
  | { readonly does: 'answer' | 'unuse'; readonly which: number }
  | { readonly does: 'pass'; readonly ms: number }
  | { readonly does: 'resize'; readonly to: number }
  | { readonly does: 'occupy'; readonly forMs: number };

const passing = fc.oneof(
  fc.integer({ min: 0, max: 3000 }),
  fc.integer({ min: 0, max: 90_000 }),
  fc.constantFrom(WINDOW_MS - 1, WINDOW_MS, WINDOW_MS + 1),
);
const take = fc.record({ does: fc.constant('take' as const), count: fc.integer({ min: 0, max: 8 }) });
const end = fc.record({ does: fc.constantFrom('answer' as const, 'unuse' as const), which: fc.nat() });
const pass = fc.record({ does: fc.constant('pass' as const), ms: passing });
const resize = fc.record({ does: fc.constant('resize' as const), to: fc.integer({ min: 0, max: 8 }) });
const occupy = fc.record({ does: fc.constant('occupy' as const), forMs: fc.integer({ min: -1000, max: WINDOW_MS }) });
const size = fc.integer({ min: 1, max: 6 });
const aDay = (...deeds: fc.Arbitrary<Deed>[]) => fc.array(fc.oneof(...deeds), { maxLength: 60 });

const touches = ({ sentAt, answeredAt }: Request, endOfMinute: number) =>
  sentAt <= endOfMinute && answeredAt > endOfMinute - WINDOW_MS;

const foreign: Slot = { answered: () => undefined, unused: () => undefined };

/** Does the deeds, and tells which requests were under way, and how many slots were given where how many had to be. */
async function done(deeds: readonly Deed[], slots: number) {
  const clock = aClock();
  const window = localWindow({ clock, slots, windowMs: WINDOW_MS });
  let requests: Request[] = [];
  let allowed = slots;
  const given: { got: number; due: number }[] = [];
  const inTheAir = () => requests.filter(({ answeredAt }) => answeredAt === Infinity);
  for (const deed of deeds) {
    if (deed.does === 'pass') clock.pass(deed.ms);
    if (deed.does === 'resize') window.resize((allowed = deed.to));
    if (deed.does === 'occupy') {
      const freeAt = clock.now() + deed.forMs;
      window.occupy([freeAt]);
      requests.push({ slot: foreign, sentAt: -Infinity, answeredAt: freeAt - WINDOW_MS });
    }
    if (deed.does === 'take') {
      const now = clock.now();
      const free = Math.max(0, allowed - requests.filter((request) => touches(request, now)).length);
      const taken = (await window.take(deed.count, 'interactive')).slots;
      given.push({ got: taken.length, due: Math.min(deed.count, free) });
      requests.push(...taken.map((slot) => ({ slot, sentAt: now, answeredAt: Infinity })));
    }
    if (deed.does === 'answer' || deed.does === 'unuse') {
      const request = inTheAir()[deed.which % inTheAir().length];
      if (!request) continue;
      if (deed.does === 'answer') {
        request.answeredAt = clock.now();
        request.slot.answered();
      } else {
        request.slot.unused();
        requests = requests.filter((each) => each !== request);
      }
    }
  }
  return { clock, window, requests, given };
}

describe('for any sending and answering', () => {
  it('no rolling minute holds more than N requests, at whatever moment between sending and answer each is counted', async () => {
    await fc.assert(
      fc.asyncProperty(aDay(take, end, pass), size, async (deeds, slots) => {
        const { requests } = await done(deeds, slots);
        // The most that a provider can count in the minute up to `sentAt`; other minutes hold no more than one of these.
        for (const { sentAt } of requests) {
          expect(requests.filter((request) => touches(request, sentAt)).length).toBeLessThanOrEqual(slots);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a provider that counts at moments of its own finds no more than N in its minute', async () => {
    const moments = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(aDay(take, end, pass), size, moments, async (deeds, slots, when) => {
        const { requests, clock } = await done(deeds, slots);
        const counted = requests.map(({ sentAt, answeredAt }, index) => {
          const latest = Math.min(answeredAt, clock.now());
          return sentAt + Math.round((latest - sentAt) * when[index % when.length]!);
        });
        for (const from of counted) {
          const inMinute = counted.filter((at) => at >= from && at < from + WINDOW_MS);
          expect(inMinute.length).toBeLessThanOrEqual(slots);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('nor is a slot kept back that the rule allows, while the number of slots changes, too', async () => {
    await fc.assert(
      fc.asyncProperty(aDay(take, end, pass, resize, occupy), size, async (deeds, slots) => {
        for (const { got, due } of (await done(deeds, slots)).given) expect(got).toBe(due);
      }),
      { numRuns: 300 },
    );
  });

  it('when slots fall free is told in order and to the millisecond: if all in the air is answered now, they do, neither sooner nor later', async () => {
    await fc.assert(
      fc.asyncProperty(aDay(take, end, pass, resize, occupy), size, async (deeds, slots) => {
        const { clock, window, requests } = await done(deeds, slots);
        const rest = (await window.take(100, 'interactive')).slots;
        const told = (await window.take(0, 'interactive')).freeAt;
        expect(told).toEqual(told.toSorted((one, other) => one - other));
        for (const slot of [...requests.map((request) => request.slot), ...rest]) slot.answered();
        expect((await window.take(0, 'interactive')).freeAt).toEqual(told);
        let got = 0;
        for (const at of new Set(told)) {
          clock.pass(at - 1 - clock.now());
          expect((await window.take(100, 'interactive')).slots).toEqual([]);
          clock.pass(1);
          got += (await window.take(100, 'interactive')).slots.length;
          expect(got).toBe(told.filter((each) => each <= at).length);
        }
      }),
      { numRuns: 300 },
    );
  });
});

const START = Date.UTC(2030, 0, 1);

async function taken(window: LocalWindow, count: number): Promise<readonly Slot[]> {
  return (await window.take(count, 'interactive')).slots;
}

it('a slot whose request was not sent comes back at once', async () => {
  const window = localWindow({ clock: aClock(START), slots: 2, windowMs: WINDOW_MS });
  const [one] = await taken(window, 2);
  expect(await taken(window, 1)).toEqual([]);
  one!.unused();
  expect((await taken(window, 5)).length).toBe(1);
});

it('a slot that is in the air is told to fall free in a minute at the earliest, and is kept however long that takes', async () => {
  const clock = aClock(START);
  const window = localWindow({ clock, slots: 1, windowMs: WINDOW_MS });
  const [slot] = await taken(window, 1);
  clock.pass(10 * WINDOW_MS);
  expect(await window.take(1, 'interactive')).toMatchObject({
    slots: [],
    freeAt: [clock.now() + WINDOW_MS],
    againAt: clock.now() + WINDOW_MS,
  });
  slot!.answered();
  clock.pass(WINDOW_MS - 1);
  expect(await window.take(1, 'interactive')).toMatchObject({
    slots: [],
    freeAt: [clock.now() + 1],
    againAt: clock.now() + 1,
  });
  clock.pass(1);
  expect((await taken(window, 1)).length).toBe(1);
});

it('to say twice that a request was answered takes its slot no longer', async () => {
  const clock = aClock(START);
  const window = localWindow({ clock, slots: 1, windowMs: WINDOW_MS });
  const [slot] = await taken(window, 1);
  slot!.answered();
  clock.pass(1000);
  slot!.answered();
  expect(window.occupied()).toEqual([START + WINDOW_MS]);
});

it('asked for none, or for more than there are, it gives none, or all', async () => {
  const window = localWindow({ clock: aClock(START), slots: 3, windowMs: WINDOW_MS });
  expect((await window.take(0, 'background')).slots).toEqual([]);
  expect((await taken(window, 10)).length).toBe(3);
});

describe('more or fewer slots', () => {
  it('more are there at once', async () => {
    const window = localWindow({ clock: aClock(START), slots: 1, windowMs: WINDOW_MS });
    await taken(window, 1);
    window.resize(3);
    expect((await taken(window, 10)).length).toBe(2);
  });

  it('fewer: what is taken stays taken, and no slot is given before as many have fallen free', async () => {
    const clock = aClock(START);
    const window = localWindow({ clock, slots: 3, windowMs: WINDOW_MS });
    const slots = await taken(window, 3);
    window.resize(1);
    for (const slot of slots) {
      slot.answered();
      clock.pass(1000);
    }
    // Those that fall free first help nobody.
    expect((await window.take(1, 'interactive')).freeAt).toEqual([START + WINDOW_MS + 2000]);
    clock.pass(WINDOW_MS - 1001);
    expect(await taken(window, 1)).toEqual([]);
    clock.pass(1);
    expect((await taken(window, 10)).length).toBe(1);
  });

  it('none: nothing is given, and no time is promised, until there are some again', async () => {
    const clock = aClock(START);
    const window = localWindow({ clock, slots: 2, windowMs: WINDOW_MS });
    await taken(window, 1);
    window.resize(0);
    expect(await window.take(1, 'interactive')).toMatchObject({ slots: [], freeAt: [], againAt: START + WINDOW_MS });
    clock.pass(10 * WINDOW_MS);
    window.resize(2);
    expect((await taken(window, 10)).length).toBe(1);
  });
});

describe('slots of before a restart', () => {
  it('are taken until their time, each, and come back by themselves', async () => {
    const clock = aClock(START);
    const window = localWindow({ clock, slots: 3, windowMs: WINDOW_MS });
    window.occupy([START + 2000, START + 1000]);
    expect(window.occupied()).toEqual([START + 2000, START + 1000]);
    expect((await taken(window, 10)).length).toBe(1);
    expect((await window.take(1, 'interactive')).freeAt).toEqual([1000, 2000, WINDOW_MS].map((ms) => START + ms));
    clock.pass(999);
    expect(await taken(window, 10)).toEqual([]);
    clock.pass(1);
    expect((await taken(window, 10)).length).toBe(1);
    clock.pass(1000);
    expect((await taken(window, 10)).length).toBe(1);
  });

  it('are taken though there are more of them than slots', async () => {
    const clock = aClock(START);
    const window = localWindow({ clock, slots: 1, windowMs: WINDOW_MS });
    window.occupy([START + 1000, START + 2000, START + 3000]);
    expect(await window.take(1, 'interactive')).toMatchObject({
      slots: [],
      freeAt: [START + 3000],
      againAt: START + 3000,
    });
    clock.pass(2999);
    expect(await taken(window, 1)).toEqual([]);
    clock.pass(1);
    expect((await taken(window, 1)).length).toBe(1);
  });

  it('that are over are no longer taken', async () => {
    const window = localWindow({ clock: aClock(START), slots: 1, windowMs: WINDOW_MS });
    window.occupy([START - 1000, START]);
    expect((await taken(window, 1)).length).toBe(1);
  });
});

it('which slots are taken is told to those who share them: in the air, or until when', async () => {
  const clock = aClock(START);
  const window = localWindow({ clock, slots: 3, windowMs: WINDOW_MS });
  const [one, two] = await taken(window, 3);
  clock.pass(1000);
  one!.answered();
  two!.unused();
  expect(window.occupied().toSorted()).toEqual([START + WINDOW_MS + 1000, Infinity]);
  clock.pass(WINDOW_MS);
  expect(window.occupied()).toEqual([Infinity]);
});

it('without a rule everybody has a slot, always, and nothing is remembered', async () => {
  const { slots, freeAt } = await openWindow.take(5000, 'background');
  expect(slots.length).toBe(5000);
  expect(freeAt).toEqual([]);
  slots[0]!.answered();
  slots[1]!.unused();
  expect((await openWindow.take(1, 'interactive')).slots.length).toBe(1);
});

it('slots of before a restart are told at their own time, though that is more than a minute away', async () => {
  const clock = { now: () => Date.UTC(2030, 0, 1), after: () => () => undefined };
  const window = localWindow({ clock, slots: 1, windowMs: 60_000 });
  const freeAt = Date.UTC(2030, 0, 1) + 60_000 + 50_000;
  window.occupy([freeAt]);
  expect(await window.take(1, 'interactive')).toMatchObject({ slots: [], freeAt: [freeAt], againAt: freeAt });
});
