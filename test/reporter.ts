/** Ends the run with one plain line of numbers, after a loud list of what was left out. */
import type { Reporter, TestModule } from 'vitest/node';

export default class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const broken = modules.filter((module) => module.state() === 'failed' && !module.children.size).length;
    const skipped = tests.filter((test) => test.result().state === 'skipped');
    for (const test of skipped) console.log(`LEFT OUT: ${test.fullName}`);
    const line = `${String(count('passed'))} passed, ${String(count('failed') + broken + errors.length)} failed`;
    console.log(skipped.length > 0 ? `${line}, ${String(skipped.length)} skipped` : line);
  }
}
