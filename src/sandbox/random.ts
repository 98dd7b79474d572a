// Randomness that is the same every time: each generator is seeded by a name, so an entity's figures depend on its id alone.

export interface Random {
  /** The next number in [0, 1). */
  next(): number;
  /** The next number in [low, high). */
  between(low: number, high: number): number;
  /** The next whole number in [low, high], both included. */
  whole(low: number, high: number): number;
  pick<T>(from: readonly T[]): T;
}

function seedOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  // FNV-1a leaves names that differ only in their last letter close together; this spreads them.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** A mulberry32 generator: small, quick, and even enough for a catalogue. */
export function randomOf(name: string): Random {
  let state = seedOf(name);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const between = (low: number, high: number) => low + next() * (high - low);
  const whole = (low: number, high: number) => Math.floor(between(low, high + 1));
  const pick = <T>(from: readonly T[]) => from[whole(0, from.length - 1)] as T;
  return { next, between, whole, pick };
}

/** A 19-digit id as TikTok issues them: always one that a double cannot hold, so that a careless JSON parser is caught. */
export function longId(prefix: string, name: string): string {
  const random = randomOf(name);
  for (;;) {
    let id = prefix;
    while (id.length < 19) id += String(random.whole(0, 9));
    if (!id.endsWith('00') && String(Number(id)) !== id) return id;
  }
}

/** Shares a whole total among weights, in whole parts that sum to it exactly. */
export function apportion(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  let weightSoFar = 0;
  let givenSoFar = 0;
  return weights.map((weight) => {
    weightSoFar += weight;
    const part = Math.round((total * weightSoFar) / sum) - givenSoFar;
    givenSoFar += part;
    return part;
  });
}
