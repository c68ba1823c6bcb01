/**
 * Gives memory back to the system that long work in the background left. V8 collects it only when it needs it itself,
 * and a service that waits needs nothing. Where the engine cannot be asked, nothing happens.
 */
export async function letGoOfMemory(): Promise<void> {
  try {
    const { Session } = await import('node:inspector/promises');
    const session = new Session();
    session.connect();
    try {
      await session.post('HeapProfiler.collectGarbage');
    } finally {
      session.disconnect();
    }
  } catch {
    // A build of Node without an inspector: the memory stays until it is needed.
  }
}
