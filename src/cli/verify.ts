import { join } from 'node:path';
import { verifyPath } from '../store/verify-path.ts';
import { exists } from '../system/files.ts';
import type { App } from '../app.ts';
import type { RegisterCommand } from './commands.ts';
import { verifyProgress } from './verify-progress.ts';
import { verifyText } from './verify-text.ts';

interface VerifyOptions {
  readonly checkpoint?: string;
  readonly key?: string;
  readonly json?: boolean;
}

/** `resurgam verify <ledger or folder>`: the same first line and exit code as `verify.sh`, then what it means. */
export const verifyCommand: RegisterCommand = (program, { app, exit }) => {
  program
    .command('verify <ledger>')
    .description('recompute a ledger: a ledger.jsonl, its folder, or the name of a client')
    .option('--checkpoint <file>', 'a checkpoint from elsewhere (a mail, a report) instead of the one in the folder')
    .option('--key <pem>', "the signer's public key, or a folder of them, from elsewhere")
    .option('--json', 'one JSON object for machines')
    .action(async (ledger: string, options: VerifyOptions) => {
      const progress = verifyProgress(process.stderr, { env: process.env, now: () => performance.now() });
      const place = await placeOf(app, ledger);
      const asked = { checkpoint: options.checkpoint, key: options.key, progress: progress.show };
      const verification = await verifyPath(place, asked).finally(() => progress.end());
      exit(verification.exitCode);
      process.stdout.write(options.json === true ? `${JSON.stringify(verification, null, 2)}\n` : verifyText({ verification }));
    });
};

/** A path is taken as it is; a word that is no path may be the name of a client. */
async function placeOf(app: App, ledger: string): Promise<string> {
  const ofClient = join(app.homePath, 'ledger', ledger);
  const isName = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(ledger) && !(await exists(ledger));
  return isName && (await exists(ofClient)) ? ofClient : ledger;
}
