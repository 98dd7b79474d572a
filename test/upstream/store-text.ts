/** Texts that can be told from their keys, so that whoever reads one knows whether it is the one that was written. */
import { createHash } from 'node:crypto';

/** Up to 5000 characters, of which compressing saves half. */
export function textOf(key: string): string {
  const random = (bytes: number) => createHash('shake256', { outputLength: bytes }).update(key).digest();
  const length = random(2).readUInt16LE() % 5000;
  return random(2500).toString('hex').slice(0, length);
}
