/** Who runs on which core. */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { pid as own } from 'node:process';

/**
 * Has two processes that take turns do so on one core, the last, and V8's own threads, which compile and collect, run on the others: else
 * who asks waits for a compiler until its slice of time is over. Returns whether that is so: not without a second core, or without
 * `taskset`.
 */
export function takeTurnsWith(other: number): boolean {
  const last = availableParallelism() - 1;
  if (last === 0) return false;
  try {
    for (const pid of [own, other]) {
      taskset('--all-tasks', '--cpu-list', '--pid', `0-${last - 1}`, String(pid));
      // By its number, a process's first thread alone.
      taskset('--cpu-list', '--pid', String(last), String(pid));
    }
    return true;
  } catch {
    return false;
  }
}

const taskset = (...args: readonly string[]) => execFileSync('taskset', args, { stdio: 'ignore' });
