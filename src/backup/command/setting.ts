const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The whole environment of a command: nothing of ours but what the plan gives it. */
export function settingOf(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { PATH, LANG: 'C.UTF-8', TZ: 'UTC', HOME: '/nonexistent', ...env };
}
