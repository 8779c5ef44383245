import type { LocalTime } from '../dump-files/created.ts';

/** What the first lines of a plain dump say. Everything that they do not say is `null`. */
export interface PlainHeader {
  readonly serverVersion: string | null;
  readonly dumpVersion: string | null;
  /** Only in dumps made with `--verbose`: clock fields and the abbreviation of the zone. */
  readonly started: { readonly local: LocalTime; readonly zone: string } | null;
  /** Only in dumps made with `--create`. */
  readonly dbname: string | null;
  readonly createDatabase: string | null;
  readonly encoding: string | null;
}

/** The header may stand below a few lines that a job's shell put there. */
const HEAD_BYTES = 4_096;

/** `pg_dump` wrote it. */
export function isPlainDump(text: string): boolean {
  return /^-- PostgreSQL database dump\r?$/m.test(text.slice(0, HEAD_BYTES));
}

/** `pg_dumpall` wrote it, with or without the databases. */
export function isClusterDump(text: string): boolean {
  return /^-- PostgreSQL database cluster dump\r?$/m.test(text.slice(0, HEAD_BYTES));
}

/** A cluster dump with databases in it holds whole dumps of them. */
export function holdsDatabases(text: string): boolean {
  return /^-- PostgreSQL database dump\r?$/m.test(text) || /^COPY .* FROM stdin;\r?$/m.test(text);
}

/** Reads the head of a plain dump; cannot fail. */
export function parsePlainHeader(text: string): PlainHeader {
  const line = (pattern: RegExp): string | null => pattern.exec(text)?.[1] ?? null;
  return {
    serverVersion: line(/^-- Dumped from database version (\S.{0,200}?)\r?$/m),
    dumpVersion: line(/^-- Dumped by pg_dump version (\S.{0,200}?)\r?$/m),
    started: startedIn(text),
    dbname: connectedTo(text),
    createDatabase: line(/^(CREATE DATABASE .{0,2000};)\r?$/m),
    encoding: line(/^SET client_encoding = '([A-Za-z0-9_-]{1,40})';\r?$/m),
  };
}

function startedIn(text: string): PlainHeader['started'] {
  const match = /^-- Started on (\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d) ?(\S{0,10})\r?$/m.exec(text);
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  return { local: { year, month, day, hour, minute, second }, zone: match[7] ?? '' };
}

function connectedTo(text: string): string | null {
  const quoted = /^\\connect (?:-reuse-previous=on )?"(?:dbname=')?((?:[^"'\n]|'')+)'?"\r?$/m.exec(text)?.[1];
  return quoted ?? /^\\connect ([^\s"'-][^\s"']*)\r?$/m.exec(text)?.[1] ?? null;
}

/** Offsets in minutes that an abbreviation may mean; empty: unknown. Several countries share some. */
export function offsetsOfZone(zone: string): readonly number[] {
  const numeric = /^([+-])(\d\d):?(\d\d)?$/.exec(zone);
  if (numeric !== null) return [(numeric[1] === '-' ? -1 : 1) * (Number(numeric[2]) * 60 + Number(numeric[3] ?? 0))];
  return ABBREVIATIONS[zone] ?? [];
}

const ABBREVIATIONS: Readonly<Record<string, readonly number[]>> = {
  UTC: [0],
  GMT: [0],
  Z: [0],
  WET: [0],
  WEST: [60],
  BST: [60, 360],
  IST: [60, 120, 330],
  CET: [60],
  CEST: [120],
  EET: [120],
  EEST: [180],
  SAST: [120],
  MSK: [180],
  AST: [-240],
  ADT: [-180],
  EST: [-300],
  EDT: [-240],
  CST: [-360, 480, -300],
  CDT: [-300, -240],
  MST: [-420],
  MDT: [-360],
  PST: [-480, 480],
  PDT: [-420],
  AKST: [-540],
  AKDT: [-480],
  HST: [-600],
  JST: [540],
  KST: [540],
  AEST: [600],
  AEDT: [660],
  ACST: [570],
  ACDT: [630],
  AWST: [480],
  NZST: [720],
  NZDT: [780],
};
