const SIZE = /^(\d{1,16}(?:\.\d{1,6})?)(B|KB|MB|GB|TB|PB|KiB|MiB|GiB|TiB|PiB)$/;
const PERCENT = /^(\d{1,6}(?:\.\d{1,6})?)%$/;

const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  PB: 1e15,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
  PiB: 2 ** 50,
};

/** Bytes in `2GiB`, `500MB`, `1.5TiB`. Binary and decimal units are kept apart; zero, bare numbers and other units give undefined. */
export function parseSize(text: string): number | undefined {
  const found = SIZE.exec(text);
  if (found === null) return undefined;
  const bytes = Math.round(Number(found[1]) * (BYTES[found[2] ?? ''] ?? Number.NaN));
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The greatest binary unit that says it exactly: `2GiB` for 2,147,483,648. */
export function formatSize(bytes: number): string {
  const unit = ['PiB', 'TiB', 'GiB', 'MiB', 'KiB'].find(name => bytes % (BYTES[name] ?? 1) === 0) ?? 'B';
  return `${bytes / (BYTES[unit] ?? 1)}${unit}`;
}

/** The ratio in `20%`: 0.2. Above 100 % is allowed (`grow: 200%`), a bare number or a sign is not. */
export function parsePercent(text: string): number | undefined {
  const found = PERCENT.exec(text);
  return found === null ? undefined : Number(`${found[1] ?? ''}e-2`);
}

/** `20%` for 0.2. */
export function formatPercent(ratio: number): string {
  return `${Number((ratio * 100).toFixed(6))}%`;
}
