import { expect, test } from 'vitest';
import { withSocket } from '../../../src/service/mariadb/hand-over.ts';

const socket = { plugin: 'unix_socket' };

test.each([
  ['without a password is let in through the socket alone', { access: 1 }, { access: 1, ...socket }],
  [
    'whose empty password counted, too',
    { plugin: 'mysql_native_password', authentication_string: '' },
    { ...socket, authentication_string: '' },
  ],
  [
    'with a password keeps it beside the socket',
    { plugin: 'mysql_native_password', authentication_string: '*AB' },
    { plugin: 'mysql_native_password', authentication_string: '*AB', auth_or: [{}, socket] },
  ],
  [
    'with another plugin keeps it too',
    { plugin: 'ed25519', authentication_string: 'x' },
    { plugin: 'ed25519', authentication_string: 'x', auth_or: [{}, socket] },
  ],
  ['that may come through the socket already stays as it is', socket, socket],
  [
    'that may come in both ways stays as it is',
    { plugin: 'mysql_native_password', authentication_string: 'invalid', auth_or: [{}, socket] },
    { plugin: 'mysql_native_password', authentication_string: 'invalid', auth_or: [{}, socket] },
  ],
  [
    'with two ways gets a third one',
    { plugin: 'ed25519', authentication_string: 'x', auth_or: [{ plugin: 'pam' }, {}] },
    { plugin: 'ed25519', authentication_string: 'x', auth_or: [{ plugin: 'pam' }, {}, socket] },
  ],
])('an account %s', (_what, priv, expected) => {
  expect(withSocket(priv)).toEqual(expected);
});
