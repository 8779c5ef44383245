import type { MailServer } from '../../system/smtp.ts';

/** The mail server of this machine, which knows where mail goes: what stands for a setting without a server. */
const LOCAL = 'smtp://localhost';

/**
 * Reads `smtps://user:password@host:465` (TLS from the first byte) or `smtp://host:25` (STARTTLS). Special characters of user and
 * password are percent-encoded. Without a port: 465 for smtps, 587 with a user, 25 without. `undefined` if it is no such address.
 */
export function readServer(setting = LOCAL): MailServer | undefined {
  const url = URL.canParse(setting) ? new URL(setting) : undefined;
  if (url === undefined || !/^smtps?:$/.test(url.protocol) || url.hostname === '' || url.search !== '' || url.hash !== '') return undefined;
  if (url.pathname !== '' && url.pathname !== '/') return undefined;
  const secure = url.protocol === 'smtps:';
  const user = decoded(url.username);
  const password = decoded(url.password);
  if (user === undefined || password === undefined) return undefined;
  const usual = secure ? 465 : user === '' ? 25 : 587;
  return {
    // For a scheme that is not of the web, URL leaves the case of names as it is.
    host: url.hostname.replace(/^\[|\]$/g, '').toLowerCase(),
    port: url.port === '' ? usual : Number(url.port),
    secure,
    login: user === '' ? null : { user, password },
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
