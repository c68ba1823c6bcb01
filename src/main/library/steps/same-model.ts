import { DeltashelfError } from '../../../shared/index.ts';
import { inspectDeltaFile } from '../deltas/index.ts';
import { shownPath } from '../disk/index.ts';
import type { JobControl } from '../job-meter.ts';
import type { Sidecar } from '../vault/index.ts';
import type { StepContext } from './context.ts';

interface Described extends Pick<Sidecar, 'name' | 'files'> {
  /** Its delta, as people know it. */
  readonly delta: { readonly file: string };
}

/**
 * Makes sure that a delta file says it holds the model that a sidecar describes. What it decodes to is compared with
 * what it says, so both together are a proof.
 * @throws DeltashelfError `delta-damaged`
 */
export async function requireSameModel(
  { tools }: StepContext,
  { name, files, delta }: Described,
  file: string,
  { signal }: JobControl,
): Promise<void> {
  const inspected = await inspectDeltaFile(tools, { file }, signal);
  const held = new Map(inspected.files.map((each) => [each.path, each]));
  const other = files.find(({ path, size, sha256 }) => {
    const each = held.get(path);
    return each?.bytes !== size || each.sha256 !== sha256;
  });
  if (!other && held.size === files.length) return;
  const what = other ? `another ${shownPath(other.path)}` : 'other files';
  throw new DeltashelfError(
    'delta-damaged',
    `${shownPath(delta.file)} holds ${what} than its sidecar says of ${shownPath(name)}. Nothing was changed. Take the ` +
      'delta and its sidecar from a copy of the vault, or store the model again.',
    { file: delta.file },
  );
}
