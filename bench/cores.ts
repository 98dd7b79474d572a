/** Who runs on which core. */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { pid as own } from 'node:process';

/**
 * Has two processes that take turns do so on one core, with V8's own threads, which compile and collect, on the others: else who asks
 * waits for compilers until their slice of time is over, which is most of what takes longer than a few milliseconds, and none of the
 * server's doing. Returns whether that is so: not without a second core, or without `taskset`.
 */
export function takeTurnsWith(other: number): boolean {
  const cores = availableParallelism();
  if (cores < 2) return false;
  try {
    for (const pid of [own, other]) {
      taskset('--all-tasks', '--cpu-list', '--pid', `1-${cores - 1}`, String(pid));
      taskset('--cpu-list', '--pid', '0', String(pid));
    }
    return true;
  } catch {
    return false;
  }
}

const taskset = (...args: readonly string[]) => execFileSync('taskset', args, { stdio: 'ignore' });
