import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import type { App } from '../app.ts';
import type { BackupTool, Recognised } from '../backup/backup.ts';
import { exists, writeDurably } from '../system/files.ts';
import type { RegisterCommand } from './commands.ts';
import { CommandError, EXIT } from './exit.ts';

interface InitOptions {
  readonly client: string;
  readonly name?: string;
  readonly out?: string;
  readonly endpoint?: string;
  readonly region?: string;
}

/** `resurgam init <folder or s3 url>`: looks at what is there and writes a commented plan for it. */
export const initCommand: RegisterCommand = (program: Command, { app }) => {
  program
    .command('init <place>')
    .description('look at a folder or s3://bucket/prefix of backups and write a commented plan for it')
    .option('--client <id>', 'the organisation that owns the system', 'my-organisation')
    .option('--name <plan>', 'name of the plan; default: after the folder')
    .option('--out <file>', 'where to write; default: <name>.yaml here; "-" prints it')
    .option('--endpoint <url>', 'for s3: the endpoint of a server other than AWS')
    .option('--region <region>', 'for s3')
    .action((place: string, options: InitOptions) => init(app, place, options));
};

async function init(app: App, place: string, options: InitOptions): Promise<void> {
  const absolute = /^[a-z0-9]+:\/\//.test(place) ? place : resolve(place);
  const found = await recognise(app, absolute, options);
  if (found === undefined) {
    throw new CommandError(`no backup was recognised in ${absolute}`, {
      exitCode: EXIT.usage,
      hint: `Give a folder or bucket that holds what one of these makes: ${app.backupTools.map(tool => tool.name).join(', ')}.`,
    });
  }
  const name = options.name ?? identifier(basename(absolute));
  const text = planText(name, options.client, found);
  if (options.out === '-') {
    process.stdout.write(text);
    return;
  }
  const file = resolve(options.out ?? `${name}.yaml`);
  if (await exists(file)) {
    throw new CommandError(`${file} is already there`, { exitCode: EXIT.usage, hint: 'Choose another file with --out, or remove it.' });
  }
  await writeDurably(file, text);
  process.stdout.write(`wrote ${file}\n`);
  for (const remark of found.remarks) process.stdout.write(`  ${remark}\n`);
  process.stdout.write(`\nNext:\n  resurgam check ${file}\n  resurgam drill ${file}\n`);
}

async function recognise(app: App, place: string, options: InitOptions): Promise<Recognised | undefined> {
  for (const tool of app.backupTools) {
    const found = await tool.recognise(place, app.storeAccess(toolOptions(tool, options)), app.stop);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Only what the tool knows of: a folder has no endpoint. */
function toolOptions(tool: BackupTool, { endpoint, region }: InitOptions): Record<string, unknown> {
  const given = { endpoint, region };
  return Object.fromEntries(Object.entries(given).filter(([key, value]) => value !== undefined && key in tool.options));
}

function identifier(text: string): string {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return /^[a-z]/.test(plain) ? plain : `system-${plain}`.replace(/-$/, '');
}

function planText(name: string, client: string, found: Recognised): string {
  const block = (value: unknown, indent: number): string =>
    stringify(value, { lineWidth: 0 })
      .trimEnd()
      .split('\n')
      .map(line => ' '.repeat(indent) + line)
      .join('\n');
  const remarks = found.remarks.map(remark => `    # ${remark}`).join('\n');
  return `# A recovery plan for Resurgam. Check it with: resurgam check ${name}.yaml
# Everything that is not said has a default: restore within 4 h, lose at most 1 h, drill weekly, keep evidence for 6 years.
plan: ${name}
client: ${client}

# What was promised. Recovery time and the age of the data are judged against it.
contract: { rto: 4h, rpo: 1h }

# Declared, not measured: how long until somebody notices, and until somebody decides to restore. Added to the measured time.
# allowance: { detect: 10m, decide: 20m }

components:
  ${found.component}:
${remarks}
    backup:
${block(found.backup, 6)}

    # Without this list every probe that the engine offers is asked. Naming your own makes the proof stronger:
    # probes:
    #   - integrity: full
    #   - inventory: { counts: { tolerance: 1% } }
    #   - newest: { query: select max(at) from resurgam_heartbeat, every: 1m }   # proves the age from the data itself
    #   - sql: select count(*) from patient
    #     expect: { atLeast: 1000 }

# What people do with the system. The recovery time ends when the required ones pass.
# workflows:
#   - name: Open a chart
#     required: true
#     sql: { component: ${found.component}, query: select 1 }
#     within: 2s
`;
}
