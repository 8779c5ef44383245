import { open } from '../../system/files.ts';

/** Counts how often the programs of one jail tried to reach a network. */
export interface AttemptCounter {
  count(): number;
  /** Reads once more and lets go. After the jail's end: the kernel keeps the figures as long as they are held open. */
  finish(): Promise<void>;
}

type Handle = Awaited<ReturnType<typeof open>>;

/**
 * The kernel counts for each network namespace how often no route was found, and how many connections were begun to its own loopback.
 * A program that ends within the first milliseconds is not seen.
 */
export function countAttempts(inner: () => Promise<number | undefined>, { ownPorts } = { ownPorts: false }): AttemptCounter {
  let attempts = 0;
  let over = false;
  const handles = opened(inner, () => over);
  const look = async (): Promise<void> => {
    const held = await handles;
    const texts = await Promise.all(held.map(handle => readWhole(handle)));
    attempts = Math.max(attempts, attemptsIn(texts.join('\n'), { ownPorts }));
  };
  let finished: Promise<void> | undefined;
  const timer = setInterval(() => void look().catch(() => undefined), 500).unref();
  return {
    count: () => attempts,
    finish: () =>
      (finished ??= (async () => {
        over = true;
        clearInterval(timer);
        await look().catch(() => undefined);
        await Promise.all((await handles).map(handle => handle.close()));
      })()),
  };
}

/**
 * The first process of a jail is born into the new network namespace, so that its figures are the jail's and never the host's. On a busy
 * machine it comes late: it is waited for as long as the jail is there, at first often, since it may be gone soon.
 */
async function opened(inner: () => Promise<number | undefined>, over: () => boolean): Promise<readonly Handle[]> {
  for (let turn = 0; !over(); turn++) {
    const pid = await inner();
    if (pid !== undefined) {
      const names = ['snmp', 'snmp6'].map(name => open(`/proc/${String(pid)}/net/${name}`, 'r').catch(() => undefined));
      return (await Promise.all(names)).filter(handle => handle !== undefined);
    }
    await new Promise(resolve => setTimeout(resolve, turn < 100 ? 3 : 50));
  }
  return [];
}

async function readWhole(handle: Handle): Promise<string> {
  const buffer = Buffer.alloc(32_768);
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
  return buffer.toString('latin1', 0, bytesRead);
}

/** Of the texts of `/proc/net/snmp` and `snmp6`. `ownPorts`: connections to the own loopback are meant to be. Pure. */
export function attemptsIn(text: string, { ownPorts } = { ownPorts: false }): number {
  const figure = (protocol: string, name: string): number => {
    const [names, values] = text.split('\n').filter(line => line.startsWith(`${protocol}: `));
    const index = names?.split(' ').indexOf(name) ?? -1;
    return index < 0 ? 0 : Number(values?.split(' ')[index] ?? 0);
  };
  const six = Number(/^Ip6OutNoRoutes\s+(\d+)/m.exec(text)?.[1] ?? 0);
  return figure('Ip', 'OutNoRoutes') + (ownPorts ? 0 : figure('Tcp', 'ActiveOpens')) + six;
}
