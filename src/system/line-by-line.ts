import { lines } from './lines.ts';

/** A sink that hands over each line, and takes no further bytes until that was done: memory stays flat however much comes. */
export function lineByLine(take: (line: string) => Promise<void>): {
  readonly chunk: (bytes: Buffer) => Promise<void>;
  readonly end: () => Promise<void>;
} {
  let waiting: string[] = [];
  const cut = lines(line => void waiting.push(line));
  const drain = async (): Promise<void> => {
    const taken = waiting;
    waiting = [];
    for (const line of taken) await take(line);
  };
  return {
    chunk: bytes => {
      cut.chunk(bytes);
      return drain();
    },
    end: () => {
      cut.end();
      return drain();
    },
  };
}
