import { createSocket } from 'node:dgram';
import { createServer, type Server } from 'node:net';

/** Doors opened on this machine for a short time, which count who knocks. */
export interface Listeners extends AsyncDisposable {
  /** TCP port on 127.0.0.1. */
  readonly port: number;
  /** UDP port on 127.0.0.1, which sends back what it gets. */
  readonly echoPort: number;
  /** Name of an abstract Unix socket, without the leading zero byte. */
  readonly abstractName: string;
  knocks(): { readonly tcp: number; readonly udp: number; readonly abstract: number };
}

/** Opens all three. `name` must be unique on this machine. */
export async function openListeners(name: string): Promise<Listeners> {
  const counts = { tcp: 0, udp: 0, abstract: 0 };
  const tcp = createServer(socket => {
    counts.tcp++;
    socket.destroy();
  });
  const abstract = createServer(socket => {
    counts.abstract++;
    socket.destroy();
  });
  const udp = createSocket('udp4');
  udp.on('message', (bytes, from) => {
    counts.udp++;
    udp.send(bytes, from.port, from.address);
  });
  await Promise.all([
    new Promise<void>((resolve, reject) => tcp.once('error', reject).listen(0, '127.0.0.1', resolve)),
    new Promise<void>((resolve, reject) => abstract.once('error', reject).listen(`\0${name}`, resolve)),
    new Promise<void>((resolve, reject) => udp.once('error', reject).bind(0, '127.0.0.1', resolve)),
  ]);
  const address = tcp.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP listener without a port');
  return {
    port: address.port,
    echoPort: udp.address().port,
    abstractName: name,
    knocks: () => ({ ...counts }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([closed(tcp), closed(abstract), new Promise<void>(resolve => udp.close(() => resolve()))]);
    },
  };
}

function closed(server: Server): Promise<void> {
  return new Promise(resolve => server.close(() => resolve()));
}
