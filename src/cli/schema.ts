import { catalogue } from '../finding/catalogue.ts';
import { clientJsonSchema } from '../plan/client.ts';
import { planJsonSchema } from '../plan/json-schema.ts';
import { targetJsonSchema } from '../plan/target.ts';
import { drillJsonSchema } from '../report/schema.ts';
import type { App } from '../app.ts';
import type { RegisterCommand } from './commands.ts';
import { CommandError, EXIT } from './exit.ts';

const SCHEMAS: Readonly<Record<string, (app: App) => unknown>> = {
  plan: app => planJsonSchema(app.vocabulary),
  client: () => clientJsonSchema(),
  target: () => targetJsonSchema(),
  drill: () => drillJsonSchema(),
  findings: () => catalogue,
};

/** `resurgam schema plan | client | target | drill | findings`: what editors, scripts and dashboards hold us to. */
export const schemaCommand: RegisterCommand = (program, { app }) => {
  program
    .command('schema <name>')
    .description('print a schema: plan, client, target or drill (JSON Schema), or findings (every finding code)')
    .action((name: string) => {
      const schema = SCHEMAS[name];
      if (schema === undefined) {
        throw new CommandError(`no schema ${name}`, { exitCode: EXIT.usage, hint: `Name one of: ${Object.keys(SCHEMAS).join(', ')}.` });
      }
      process.stdout.write(`${JSON.stringify(schema(app), null, 2)}\n`);
    });
};
