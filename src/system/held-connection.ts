import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { holdSocket } from './guarded-socket.ts';

/** Whoever runs the server may have put a link there: the connection is made through a handle on the socket itself. */
export async function connectHeld(folder: string, name: string): Promise<Socket> {
  const handle = await holdSocket(folder, name);
  const socket = connect({ path: `/proc/self/fd/${handle.fd}` });
  // Nobody else listens until the caller has it.
  socket.on('error', () => undefined);
  try {
    await once(socket, 'connect');
  } finally {
    await handle.close();
  }
  if (socket.destroyed) throw new Error('the connection was lost at once');
  return socket;
}

/** Whether somebody takes a connection there: says something, or does not hang up within `ms`. Never rejects. */
export async function takesConnection(folder: string, name: string, ms: number): Promise<boolean> {
  let socket: Socket | undefined;
  const over = new AbortController();
  try {
    socket = await connectHeld(folder, name);
    const { signal } = over;
    return await Promise.race([
      once(socket, 'data', { signal }).then(() => true),
      once(socket, 'close', { signal }).then(() => false),
      sleep(ms, true, { signal }),
    ]);
  } catch {
    return false;
  } finally {
    over.abort();
    socket?.destroy();
  }
}
