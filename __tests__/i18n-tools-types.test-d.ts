/**
 * Uses of the public types of what `rekue i18n` shares with rekue/i18n; nothing here runs.
 */

import { I18n, type Problem } from 'rekue/i18n'

export async function use() {
  const i18n = await I18n.load({ dir: 'locales' })
  const problems: Problem[] = i18n.check()
  const [{ kind, severity, locale, file, line, column, id, message }] = problems
  const place: string = `${locale ?? 'code'} ${file}:${line}:${column} ${id} ${message}`
  const failed: boolean = problems.some((each) => each.severity === 'error')
  if (kind === 'missing' && severity === 'warning') return place
  // @ts-expect-error there is no such kind
  if (kind === 'mising') return ''
  // @ts-expect-error it takes nothing
  i18n.check('fr')
  return failed
}
