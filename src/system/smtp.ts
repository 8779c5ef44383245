import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import MailComposer from 'nodemailer/lib/mail-composer';
import SmtpConnection from 'nodemailer/lib/smtp-connection';
import { isLoopbackAddress } from './address-range.ts';
import { systemLookup, type Lookup } from './http-target.ts';
import { isTlsFault } from './tls-fault.ts';
import { timeLimit } from './time-limit.ts';

export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/** One mail to one person. All texts are one line, but for `text` and `html`. */
export interface Mail {
  readonly from: Mailbox;
  readonly to: Mailbox;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** With angle brackets. */
  readonly messageId: string;
  /** The mail that this one continues, with angle brackets. */
  readonly inReplyTo: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly date: Date;
}

export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; otherwise STARTTLS. */
  readonly secure: boolean;
  readonly login: { readonly user: string; readonly password: string } | null;
}

/** Why a mail was not taken. `smtp-<code>`: the server said so; none of its words are kept. `tls-refused`: no TLS, or no valid certificate. */
export type MailFault = 'timeout' | 'stopped' | 'unreachable' | 'tls-refused' | `smtp-${number}`;
export type Mailed = { readonly outcome: 'accepted' } | { readonly outcome: 'failed'; readonly fault: MailFault };

/** One mail over one connection. Never rejects for what the server does. */
export type SendMail = (mail: Mail, server: MailServer, stop: AbortSignal) => Promise<Mailed>;

export interface MailSetting {
  /** From the look-up of the name to the server's last word. Default 25,000. */
  readonly limitMs?: number;
  readonly lookup?: Lookup;
  /** PEM, instead of the certificates that Node trusts. */
  readonly ca?: string;
}

const LIMIT_MS = 25_000;
const LONGEST_ANSWER = 65_536;
const GOODBYE_MS = 1_000;

/**
 * Sends mail. Nothing goes over a network unencrypted or to a server that cannot prove its name; only on loopback, where nobody is
 * between, TLS is taken as offered. If the limit strikes after the whole mail was sent, the server may have taken it all the same:
 * a second try carries the same Message-ID.
 */
export function smtpMail(setting: MailSetting = {}): SendMail {
  return async (mail, server, stop) => {
    const message = await composed(mail);
    const ends = AbortSignal.any([stop, timeLimit(setting.limitMs ?? LIMIT_MS)]);
    if (ends.aborted) return { outcome: 'failed', fault: 'stopped' };
    const socket = connect({ host: server.host, port: server.port, lookup: lookupFor(setting.lookup ?? systemLookup) });
    try {
      await converse({ mail, server, message, socket, ends, ...(setting.ca === undefined ? {} : { ca: setting.ca }) });
      return { outcome: 'accepted' };
    } catch (error) {
      return { outcome: 'failed', fault: faultOf(error, { stop, ends }) };
    }
  };
}

function composed(mail: Mail): Promise<Buffer> {
  const { inReplyTo, ...rest } = mail;
  const thread = inReplyTo === null ? {} : { inReplyTo, references: [inReplyTo] };
  const composer = new MailComposer({ ...rest, ...thread, headers: { ...mail.headers }, disableFileAccess: true, disableUrlAccess: true });
  return composer.compile().build();
}

interface Conversation {
  readonly mail: Mail;
  readonly server: MailServer;
  readonly message: Buffer;
  readonly socket: Socket;
  readonly ends: AbortSignal;
  readonly ca?: string;
}

/** Rejects with nodemailer's error, or when the time is over; the connection is gone then. */
async function converse(given: Conversation): Promise<void> {
  const { mail, server, socket, ends } = given;
  const connection = connectionOver(given);
  try {
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => reject(new Error('aborted'));
      ends.addEventListener('abort', onAbort, { once: true });
      socket.once('error', reject);
      const next = (then: () => void) => (error?: Error | null) => (error ? reject(error) : then());
      const send = (): void =>
        connection.send({ from: mail.from.address, to: [mail.to.address], size: given.message.length }, given.message, next(resolve));
      const login = (): void =>
        server.login === null ? send() : connection.login({ user: server.login.user, pass: server.login.password }, next(send));
      connection.once('error', reject);
      socket.once('connect', () => connection.connect(next(login)));
    });
    sayGoodbye(connection, socket);
  } catch (error) {
    connection.close();
    socket.destroy();
    throw error;
  }
}

function connectionOver({ server, socket, ca }: Conversation): SmtpConnection {
  const onLoopback = server.host === 'localhost' || isLoopbackAddress(server.host);
  const connection = new SmtpConnection({
    connection: socket,
    host: server.host,
    port: server.port,
    secure: server.secure,
    requireTLS: !server.secure && !onLoopback,
    ...(isIP(server.host) === 0 ? { servername: server.host } : {}),
    tls: { rejectUnauthorized: !onLoopback, ...(ca === undefined ? {} : { ca }) },
    maxResponseSize: LONGEST_ANSWER,
    socketCloseTimeout: 0,
    logger: false,
  });
  // What comes after the outcome is known changes nothing, and must not end the process.
  connection.on('error', () => undefined);
  socket.on('error', () => undefined);
  return connection;
}

/** The mail is taken; a server that does not answer our goodbye is left. */
function sayGoodbye(connection: SmtpConnection, socket: Socket): void {
  const leave = setTimeout(() => socket.destroy(), GOODBYE_MS);
  socket.once('close', () => clearTimeout(leave));
  connection.quit();
}

interface SmtpError {
  readonly code?: unknown;
  readonly originalCode?: unknown;
  readonly responseCode?: unknown;
}

function faultOf(error: unknown, { stop, ends }: { readonly stop: AbortSignal; readonly ends: AbortSignal }): MailFault {
  const { code, originalCode, responseCode } = error as SmtpError;
  if (stop.aborted) return 'stopped';
  if (ends.aborted || code === 'ETIMEDOUT') return 'timeout';
  // "454 TLS not available" passes; a server that knows no STARTTLS at all stays so.
  const isPassing = typeof responseCode === 'number' && responseCode < 500;
  if (isTlsFault(code) || isTlsFault(originalCode) || (code === 'ETLS' && !isPassing)) return 'tls-refused';
  return typeof responseCode === 'number' ? `smtp-${responseCode}` : 'unreachable';
}

function lookupFor(lookup: Lookup): LookupFunction {
  return (host, options, done) => {
    lookup(host).then(
      found => (options.all === true ? done(null, [...found]) : done(null, found[0]?.address ?? '', found[0]?.family)),
      (error: unknown) => done(error as NodeJS.ErrnoException, ''),
    );
  };
}
