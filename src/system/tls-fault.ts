const NAMES = /^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_|PATH_LENGTH_|EPROTO$)/;

/** Whether an error code of Node or OpenSSL says that the other side could not prove who it is, or does not speak TLS. Trying again does not help. */
export function isTlsFault(code: unknown): boolean {
  return typeof code === 'string' && NAMES.test(code);
}
