// The server that holds the state, in the home of the one machine: whoever finds it dead starts it again.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

export function privateServer(home) {
  const folder = join(home, 'postgres');
  const file = () => readFileSync(join(folder, 'data/postmaster.pid'), 'utf8').split('\n');
  const pid = () => {
    try {
      const found = Number(file()[0]);
      return readFileSync(`/proc/${found}/cmdline`, 'utf8').includes(folder) ? found : undefined;
    } catch {
      return undefined;
    }
  };
  return {
    pid,
    sql: text => ask(() => ({ host: file()[4], user: 'resurgam', database: 'resurgam' }), text),
    /** Somebody may be starting it while we stop it. */
    stop: async () => {
      for (let looks = 0; looks < 5; looks++) {
        const found = pid();
        if (found !== undefined) process.kill(found, 'SIGQUIT');
        await sleep(found === undefined && looks > 0 ? 100 : 300);
      }
    },
  };
}

/** One question, asked again while nobody answers. */
export async function ask(connection, text) {
  const until = performance.now() + 60_000;
  for (;;) {
    try {
      return await askOnce(connection(), text);
    } catch (error) {
      if (performance.now() > until) throw new Error(`the state did not answer within a minute: ${text}`, { cause: error });
      await sleep(200);
    }
  }
}

async function askOnce(connection, text) {
  const client = new pg.Client(connection);
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query(text)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Processes of a server that serve somebody. */
export function backendsOf(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return children.map(Number).filter(child => {
    try {
      return / resurgam /.test(readFileSync(`/proc/${child}/cmdline`, 'utf8'));
    } catch {
      return false;
    }
  });
}
