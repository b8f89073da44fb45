/* global api */
/* exported openedJob */
'use strict'

/** The job whose details are open: what of it does not come with the row. */
const openedJob = (() => {
  /** Each opening is another object: a late answer meets none. */
  const make = (id) => ({
    id,
    log: '',
    lines: 0,
    trouble: '',
    isReadingLog: false,
    whole: null,
    isReadingWhole: false
  })

  /** Lines that are here stay as they are. */
  async function readLog(opened) {
    if (opened.isReadingLog) return
    opened.isReadingLog = true
    try {
      const more = await api.log(opened.id, opened.lines)
      const before = opened.lines > 0 ? [opened.log] : []
      if (more.length > 0) opened.log = [...before, ...more].join('\n')
      opened.lines += more.length
      opened.trouble = ''
    } catch (error) {
      opened.trouble = error.message
    }
    opened.isReadingLog = false
  }

  /** All of a job of which the list has the beginnings, when it has changed. */
  async function readWhole(opened, job) {
    if (!job?.cut || opened.isReadingWhole) return
    if (opened.whole?.updated_at === job.updated_at) return
    opened.isReadingWhole = true
    try {
      opened.whole = await api.job(opened.id)
    } catch {
      // Gone, or out of reach: the next refresh tells, or asks again.
    }
    opened.isReadingWhole = false
  }

  return { make, readLog, readWhole }
})()
