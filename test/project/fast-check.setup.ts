// The same examples in every run, so that a failure is the change's own. More, or others, by environment variable:
// FC_RUNS=10000 FC_SEED=7 npm test -- test/engine
import fc from 'fast-check';

fc.configureGlobal({
  numRuns: Number(process.env['FC_RUNS'] ?? 100),
  seed: Number(process.env['FC_SEED'] ?? 20_261_121),
});
