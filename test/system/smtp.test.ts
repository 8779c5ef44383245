import { describe, expect, test } from 'vitest';
import { smtpMail, type Mail, type MailServer, type SendMail } from '../../src/system/smtp.ts';
import { makeCertificate } from '../fixtures/certificate.ts';
import { never } from '../fixtures/channel-effects.ts';
import { receiveMail } from '../fixtures/mail-server.ts';

const certificate = makeCertificate('mail.example');
/** A name that is no loopback name, though its server is here. */
const lookup = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
const verified = smtpMail({ lookup, ca: certificate.cert, limitMs: 5_000 });

const MAIL: Mail = {
  from: { name: 'Resurgam', address: 'resurgam@resurgam.example' },
  to: { name: 'Dana Reyes', address: 'dana.reyes@lakeside.example' },
  subject: 'A subject',
  text: 'Plain.',
  html: '<p>Rich.</p>',
  messageId: '<e-0001.1@resurgam.example>',
  inReplyTo: null,
  headers: {},
  date: new Date('2026-11-08T09:12:50.000Z'),
};

const failed = (fault: string): object => ({ outcome: 'failed', fault });

function to(port: number, more: Partial<MailServer> = {}): MailServer {
  return { host: 'mail.example', port, secure: false, login: null, ...more };
}

function trySending(send: SendMail, server: MailServer): ReturnType<SendMail> {
  return send(MAIL, server, never);
}

describe('over a network', () => {
  test('turns to TLS before anything is said, and logs in over it', async () => {
    await using server = await receiveMail({ certificate, login: ['resurgam', 'p@ss:word'] });

    const mailed = await trySending(verified, to(server.port, { login: { user: 'resurgam', password: 'p@ss:word' } }));

    expect(mailed).toEqual({ outcome: 'accepted' });
    expect(server.mails[0]).toMatchObject({ secure: true, user: 'resurgam', to: ['dana.reyes@lakeside.example'] });
  });

  test('speaks TLS from the first byte when the address says smtps', async () => {
    await using server = await receiveMail({ certificate, secure: true });

    expect(await trySending(verified, to(server.port, { secure: true }))).toEqual({ outcome: 'accepted' });
    expect(server.mails[0]?.secure).toBe(true);
  });

  test('sends nothing unencrypted', async () => {
    await using server = await receiveMail();

    expect(await trySending(verified, to(server.port))).toEqual(failed('tls-refused'));
    expect(server.mails).toEqual([]);
  });

  test.each([
    ['that nobody vouches for', smtpMail({ lookup, limitMs: 5_000 }), 'mail.example'],
    ['of another name', verified, 'other.example'],
  ])('refuses a certificate %s', async (_title, send, host) => {
    await using starttls = await receiveMail({ certificate });
    await using tls = await receiveMail({ certificate, secure: true });

    expect(await trySending(send, to(starttls.port, { host }))).toEqual(failed('tls-refused'));
    expect(await trySending(send, to(tls.port, { host, secure: true }))).toEqual(failed('tls-refused'));
    expect([...starttls.mails, ...tls.mails]).toEqual([]);
  });
});

test.each(['127.0.0.1', 'localhost'])('needs no TLS on %s', async host => {
  await using server = await receiveMail();

  expect(await trySending(smtpMail({ limitMs: 5_000 }), to(server.port, { host }))).toEqual({ outcome: 'accepted' });
});

test('takes the certificate of a mail server on loopback as it is', async () => {
  await using server = await receiveMail({ certificate });

  expect(await trySending(smtpMail({ limitMs: 5_000 }), to(server.port, { host: '127.0.0.1' }))).toEqual({ outcome: 'accepted' });
  expect(server.mails[0]?.secure).toBe(true);
});

test.each([421, 450, 451, 452, 550, 552, 554])('tells the code %i and none of the words', async code => {
  await using server = await receiveMail({ recipientCode: () => code });

  const mailed = await trySending(smtpMail({ limitMs: 5_000 }), to(server.port, { host: '127.0.0.1' }));

  expect(mailed).toEqual(failed(`smtp-${code}`));
});

test('is not taken when the server leaves in the middle', async () => {
  await using server = await receiveMail({ onConnect: (_session, done) => done(Object.assign(new Error('no'), { responseCode: 421 })) });

  expect(await trySending(smtpMail({ limitMs: 5_000 }), to(server.port, { host: '127.0.0.1' }))).toEqual(failed('smtp-421'));
});

test('sends nothing once it was told to stop', async () => {
  await using server = await receiveMail();

  expect(await smtpMail()(MAIL, to(server.port, { host: '127.0.0.1' }), AbortSignal.abort())).toEqual(failed('stopped'));
  expect(server.mails).toEqual([]);
});
