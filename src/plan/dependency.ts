/** What a drill can be denied: programs that give out secrets, the directory, names of hosts, what stands at one site. */
export type Dependency = 'kms' | 'identity' | 'dns' | `site:${string}`;

/** In the words of a person who mistyped one. */
export const DEPENDENCIES = 'kms, identity, dns, site:NAME';

export function isDependency(text: string): text is Dependency {
  return text === 'kms' || text === 'identity' || text === 'dns' || /^site:[a-z0-9][a-z0-9-]*$/.test(text);
}
