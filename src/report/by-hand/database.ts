import { traitsOf } from '../../backup/backup.ts';
import { reachCluster } from '../../backup/by-hand-cluster.ts';
import { quoted, type HandPlace } from '../../backup/by-hand.ts';
import type { Component } from '../../plan/plan.ts';
import type { HandSource } from './view.ts';

type Named = Pick<HandSource, 'components' | 'tools'>;

/** A dump is restored into a database of the component's name; a whole cluster brings its own, whose name is known once it runs. */
export function databaseOf(source: Named, name: string): string {
  const backup = source.components.find(one => one.name === name)?.backup ?? null;
  const tool = backup === null ? undefined : source.tools.get(backup.tool);
  const hand = backup === null ? undefined : tool?.byHand(backup, { ...placeOf(source, name), major: null });
  return hand?.database ?? quoted(name);
}

/** Of several clusters each has its own port. */
export function placeOf(source: Named, name: string): Omit<HandPlace, 'major'> {
  const database = source.components.find(one => one.name === name)?.service?.options['database'];
  const port = FIRST_PORT + Math.max(0, clustersOf(source).indexOf(name));
  return { component: name, port, database: typeof database === 'string' ? database : null };
}

/** Lines that turn to a cluster; none if there is only one, to which its start has turned already. */
export function turnTo(source: Named, name: string): readonly string[] {
  const clusters = clustersOf(source);
  return clusters.length > 1 && clusters.includes(name) ? reachCluster(placeOf(source, name)) : [];
}

const FIRST_PORT = 5432;

function clustersOf({ components, tools }: Named): readonly string[] {
  return components.filter(one => isCluster(one, tools)).map(({ name }) => name);
}

function isCluster({ backup }: Component, tools: Named['tools']): boolean {
  const tool = backup === null ? undefined : tools.get(backup.tool);
  if (tool === undefined) return false;
  const { engine, restoresInto } = traitsOf(tool, backup);
  return engine === 'postgres' && restoresInto === 'files';
}
