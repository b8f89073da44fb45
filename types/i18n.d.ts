// The public types of rekue/i18n, written by hand.

/// <reference types="node" />

export interface LoadOptions {
  /** The directory of the catalogs: every `dir/LOCALE/*.ftl` is read. */
  dir: string | URL
  /**
   * The locale of last resort; there must be catalogs of it. Default `'en'`.
   */
  defaultLocale?: string
  /** The locales to read, in this order. Default: all that the directory has, by name. */
  locales?: string[]
  /** The IANA time zone where a call names none. Default `'UTC'`. */
  defaultTimeZone?: string
  /**
   * Whether arguments stand between the marks U+2068 and U+2069, which keep text of another
   * direction from moving its neighbours: `'auto'`, the default, puts them only where directions
   * mix; `true` around every placeable, as `@fluent/bundle` does; `false` nowhere.
   */
  isolating?: boolean | 'auto'
  /**
   * `'html'` escapes `&`, `<`, `>`, `"` and `'` in arguments that are strings, so that texts may
   * hold markup and go into a page as they are. Default `false`: for templates that escape.
   */
  escape?: 'html' | false
  /**
   * Throw instead of making do: `ERR_FTL` for a mistake in a file (with `file`, `line`, `column`),
   * in a message or its arguments, `ERR_UNSUPPORTED_LOCALE`, `ERR_INVALID_TIMEZONE`. Default false.
   */
  strict?: boolean
  /**
   * Hears of what a call that is not strict makes do with, as errors with the codes above. Without
   * it, mistakes in files are process warnings, and those in messages show in their text only.
   */
  onError?: (error: Error & { code: string }) => void
  /** Call {@link I18n.watch} at once. Default false. */
  watch?: boolean
}

export interface TextOptions {
  /** The IANA zone of dates whose message names none. Throws `ERR_INVALID_TIMEZONE`. */
  timeZone?: string
  /** Default: as given to `load`. */
  escape?: 'html' | false
  /** Default: as given to `load`. */
  strict?: boolean
}

/**
 * What a message is told. Strings are shown as they are, numbers and Dates as the locale writes
 * them. Anything else, and a missing argument, shows as `{$name}`.
 */
export type Arguments = Record<string, unknown>

export interface LocaleContext {
  /** One of `locales`. */
  locale: string
  /** An IANA zone. */
  timezone: string
  /** Whether the locale is the one that the user has set, and not of URL, header or default. */
  user_preference: boolean
  /** What the header led to; the default locale without one. */
  detected_locale: string
}

export interface LocaleQuery {
  /** The locale that the URL names. */
  url?: string
  user?: { locale?: string | null; timezone?: string | null } | null
  /** `Accept-Language`. */
  header?: string
  /** The time zone that the URL names. */
  urlTimezone?: string
  /** Throw if the URL names what there is not. Default: as given to `load`. */
  strict?: boolean
}

export interface MiddlewareOptions {
  /** Default `'locale'`. */
  queryParam?: string
  /** Default `'timezone'`. */
  timezoneParam?: string
  /** Who asks, or a promise of it. A throw or a rejection goes to `next`. */
  user?: (
    req: any
  ) =>
    | { locale?: string | null; timezone?: string | null }
    | null
    | undefined
    | Promise<{ locale?: string | null; timezone?: string | null } | null | undefined>
  /** A cookie that holds a locale; it stands between the user and the header. Default: none. */
  cookie?: string
  /** Whether `/fr/…` asks for `fr`; it stands behind the parameter. Default false. */
  path?: boolean
  /** Default: as given to `load`. */
  escape?: 'html' | false
}

/** What the middleware puts on a request, and `t`, `locale`, `timeZone` on `res.locals`. */
export interface LocalizedRequest {
  locale: string
  timeZone: string
  t(id: string, args?: Arguments): string
}

/** A handler for Express 4 and 5, without a dependency on their types. */
export type RequestHandler = (req: any, res: any, next: (error?: any) => void) => void

/** A finding of {@link I18n.check}. */
export interface Problem {
  kind:
    | 'arguments'
    | 'control-character'
    | 'cycle'
    | 'duplicate'
    | 'junk'
    | 'markup'
    | 'missing'
    | 'obsolete'
    | 'plural'
    | 'plural-missing'
    | 'unknown-reference'
    | 'untranslated'
    | 'unused'
  /** A warning is nothing that a reader of the page would see as wrong. */
  severity: 'error' | 'warning'
  /** Whose catalog it is about; null for a place in the code. */
  locale: string | null
  /** `LOCALE/NAME.ftl`; for what a locale lacks, the place in the source. */
  file: string
  /** From 1. */
  line: number
  /** From 1, in characters. */
  column: number
  /** `message`, `message.attribute` or `-term`. */
  id: string | null
  message: string
}

/** The messages of a directory, in the words, digits and time zone of each reader. */
export class I18n {
  private constructor()

  /**
   * Read the catalogs of a directory, off the event loop. What cannot be parsed in a file is left
   * out and reported (see `onError`, `strict`).
   *
   * Rejects with `ERR_INVALID_ARG`, with `ERR_UNSUPPORTED_LOCALE` for a locale without catalogs,
   * with `ERR_INVALID_TIMEZONE`, and with `ERR_FTL` for a file that cannot be read at all.
   */
  static load(options: LoadOptions): Promise<I18n>

  /** The locales there are catalogs of. */
  readonly locales: string[]
  readonly defaultLocale: string
  readonly defaultTimeZone: string

  /**
   * The text of a message, looked for in the locale, in what is left of it as its last subtags go
   * (`fr-CA`, `fr`), and in the default locale; then it is the id itself. A locale without
   * catalogs is no error. Throws `ERR_INVALID_ARG` if locale or id are no strings.
   * @param id `'id'` or `'id.attribute'`
   */
  t(locale: string, id: string, args?: Arguments | null, options?: TextOptions): string

  /** The texts of many messages, as {@link t} gives them. */
  tMany(
    locale: string,
    ids: readonly (string | readonly [id: string, args?: Arguments | null])[],
    options?: TextOptions
  ): string[]

  /**
   * {@link t} for one reader, with what is the same for all texts checked once. It sees reloads.
   */
  translator(locale: string, options?: TextOptions): (id: string, args?: Arguments | null) => string

  /** Whether {@link t} would find a message. */
  has(locale: string, id: string): boolean

  /**
   * The locale that suits an `Accept-Language` header best (RFC 9110 for weights, with 0 as a
   * refusal, RFC 4647 for Lookup); the default locale if none does. Of the header, the first 4096
   * bytes and 100 ranges are read.
   * @returns always one of {@link locales}
   */
  negotiate(acceptLanguage?: string | null): string

  /**
   * Locale and time zone of a request. The locale: of the URL, else the user's, else by header,
   * else the default, each only if it is one of {@link locales}, letter by letter. The zone: of the
   * URL, else the user's, else the default, each only if it is an IANA zone; an offset (`+01:00`)
   * is none.
   */
  resolve(query?: LocaleQuery): LocaleContext

  /**
   * A handler for Express 4 and 5: `req.locale`, `req.timeZone`, `req.t` (and the same in
   * `res.locals`), `Content-Language`, `Vary`.
   */
  middleware(options?: MiddlewareOptions): RequestHandler

  /**
   * A number as Intl writes it. A locale without catalogs is taken for the next of its chain, here
   * and in the calls below. All of them throw `ERR_INVALID_ARG`.
   */
  formatNumber(locale: string, n: number | bigint, options?: Intl.NumberFormatOptions): string
  /** @param currency three letters, as in ISO 4217 */
  formatCurrency(
    locale: string,
    n: number | bigint,
    currency: string,
    options?: Intl.NumberFormatOptions
  ): string
  /** @param n 0.5 for 50 per cent */
  formatPercent(locale: string, n: number | bigint, options?: Intl.NumberFormatOptions): string
  /**
   * @param date a Date, or ms since the epoch
   * @param options where they name no `timeZone`, it is `defaultTimeZone`
   */
  formatDate(locale: string, date: Date | number, options?: Intl.DateTimeFormatOptions): string
  /** @param n negative for what is past */
  formatRelative(
    locale: string,
    n: number,
    unit: Intl.RelativeTimeFormatUnit,
    options?: Intl.RelativeTimeFormatOptions
  ): string
  formatList(locale: string, items: readonly string[], options?: Intl.ListFormatOptions): string

  /**
   * Read the directory anew, off the event loop. Every call sees all of the old catalogs or all of
   * the new. A file with a mistake keeps its last version without, and is reported; if the whole
   * fails, or `strict` was given and there is a mistake, it rejects and nothing changes.
   */
  reload(): Promise<void>

  /**
   * What is wrong with the catalogs as they are on disk, the default locale being the source of the
   * others; `rekue i18n check` shows the same. Reads all files at once and on this thread: for tests
   * and start-up, not for requests.
   * @throws ERR_INVALID_ARG if the directory cannot be read or has nothing of the default locale
   */
  check(): Problem[]

  /**
   * Reload whenever a file changes, until {@link unwatch}; for development. It keeps no process
   * alive. Resolves once every change will be seen.
   */
  watch(): Promise<void>
  unwatch(): void
}
