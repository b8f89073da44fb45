'use strict'

/** How often to look. The look is one system call. */
const LOOK_MS = 500

/**
 * Call back once when npm, which started this script, is gone without having said so: killed with
 * SIGKILL, or with a signal that ended only the shell between. Without npm the parent's end means
 * nothing (`node scripts/start.js &`), so nobody looks.
 * @param {() => void} onGone
 */
function watchNpm(onGone) {
  if (!process.env.npm_lifecycle_event) return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    onGone()
  }, LOOK_MS)
  timer.unref()
}

module.exports = { watchNpm }
