/**
 * Questions that one request may carry travel together, whoever asks them: at the price of one.
 *
 * Each keeps its own place in the cache and its own flight; what is gathered are the questions that nobody could answer
 * so far. A request leaves as soon as none is on its way here any more, or as soon as it is full.
 */
import { ShopgraphError } from '../errors.ts';
import type { Clock } from './clock.ts';
import { createFlight } from './flight.ts';
import type { Answer, Ask, Call, Step } from './pipeline.ts';

/** For how long a question waits for others that are held up on their way: another instance may be asking them. */
const HOLD_MS_MAX = 25;

interface Gathering {
  /** At the beginning of a flight: from here on, others wait for it to come. */
  readonly coming: Step;
  readonly step: Step;
}

interface Room {
  readonly name: string;
  readonly coming: Set<string>;
  arrived: Waiting[];
  callOff: () => void;
}

interface Waiting {
  readonly call: Call;
  readonly resolve: (answer: Promise<Answer>) => void;
}

export function gather({ clock }: { clock: Clock }): Gathering {
  const rooms = new Map<string, Room>();
  const roomOf = (call: Call): Room => {
    const name = nameOf(call);
    let room = rooms.get(name);
    if (!room) rooms.set(name, (room = { name, coming: new Set(), arrived: [], callOff: () => undefined }));
    return room;
  };
  let leave: (room: Room) => void = () => undefined;

  /** On its way no more: it has arrived, or needs not to. */
  const settle = (room: Room, key: string) => {
    if (room.coming.delete(key) && room.coming.size === 0) leave(room);
  };

  const coming: Step = (next) => async (call) => {
    if (!call.endpoint.bulk) return next(call);
    const room = roomOf(call);
    room.coming.add(call.key);
    return next(call).finally(() => {
      settle(room, call.key);
    });
  };

  const step: Step = (next) => {
    leave = (room) => {
      room.callOff();
      const waiting = room.arrived;
      room.arrived = [];
      if (room.coming.size === 0) rooms.delete(room.name);
      send(next, waiting);
    };
    return (call) => {
      if (!call.endpoint.bulk) return next(call);
      const room = roomOf(call);
      return new Promise((resolve) => {
        room.arrived.push({ call, resolve });
        if (room.arrived.length === 1)
          room.callOff = clock.after(HOLD_MS_MAX, () => {
            leave(room);
          });
        settle(room, call.key);
        if (room.arrived.length === call.endpoint.bulk?.max) leave(room);
      });
    };
  };

  return { coming, step };
}

/** Equal for questions that differ in nothing but what a request takes several of. */
function nameOf({ endpoint: { provider, name, bulk }, params }: Call): string {
  const others = Object.entries(params as object).filter(([param]) => param !== bulk?.param);
  return `${provider} ${name} ${JSON.stringify(others)}`;
}

/** One request for several flights: it waits until the last of them has been left, and the first that can pays for it. */
function send(next: Ask, waiting: readonly Waiting[]) {
  const [first] = waiting;
  if (!first) return;
  const flight = createFlight();
  const together = waiting.map(({ call }) => call);
  // What becomes of the request is told below, also to those that all have left: what was bought for them is kept.
  for (const { asker } of together) flight.carry(asker);
  const answered = next({ ...first.call, asker: flight.asker, together });
  for (const { call, resolve } of waiting) resolve(answered.then((answer) => partOf(answer, call)));
}

function partOf({ parts }: Answer, { key }: Call): Answer {
  const part = parts?.get(key);
  if (!part) throw new Error(`no answer to ${key} among those asked together`);
  if (part instanceof ShopgraphError) throw part;
  return part;
}
