import { expect, test } from 'vitest';
import { waysFor } from '../../../src/service/mariadb/hand-over.ts';

const socket = { plugin: 'unix_socket' };
const native = (password: string): object => ({ plugin: 'mysql_native_password', authentication_string: password });

test.each([
  ['without a password is let in through the socket alone', { access: 1 }, 'the socket alone'],
  ['whose empty password counted, too', native(''), 'the socket alone'],
  ['that was locked is not opened for its password', { ...native('*AB'), account_locked: true }, 'the socket alone'],
  ['with a password keeps it beside the socket', native('*AB'), [{}, socket]],
  ['with another plugin keeps it too', { plugin: 'ed25519', authentication_string: 'x' }, [{}, socket]],
  ['that may come through the socket already stays as it is', socket, 'as they are'],
  ['that may come in both ways stays as it is', { ...native('invalid'), auth_or: [{}, socket] }, 'as they are'],
  ['with two ways gets a third one', { plugin: 'ed25519', auth_or: [{ plugin: 'pam' }, {}] }, [{ plugin: 'pam' }, {}, socket]],
])('an account %s', (_what, priv, expected) => {
  expect(waysFor(priv)).toEqual(expected);
});
