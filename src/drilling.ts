/** What a program calls that drills often without a process for each drill, as tests and benchmarks do. `bundle.mjs` makes one file of it. */
export { compose } from './compose.ts';
export { planOf } from './cli/drill.ts';
export { executeDrill } from './cli/run-drill.ts';
