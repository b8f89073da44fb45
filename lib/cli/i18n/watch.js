'use strict'

const fs = require('node:fs')
const { foldersOf } = require('./code')

/** Files are often written in several steps: what comes within this time is one change. In ms. */
const QUIET_MS = 100

/**
 * Call a function after each change of files below some roots, until the process is ended. Every
 * change after the return is seen.
 * @param {string[]} roots files and folders
 * @param {() => void} changed
 */
function watch(roots, changed) {
  /** @type {Map<string, fs.FSWatcher>} */
  const watching = new Map()
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  const soon = () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      // New folders first, so that no change of theirs is missed.
      try {
        look()
      } catch {
        // A root is gone: `changed` will say so.
      }
      changed()
    }, QUIET_MS)
  }
  // Folder by folder: watching a tree is not to be had on every system.
  const look = () => {
    for (const folder of roots.flatMap(foldersOf)) {
      if (watching.has(folder)) continue
      const watcher = fs.watch(folder, soon)
      // A folder that goes away takes its watcher with it.
      watcher.on('error', () => {
        watcher.close()
        watching.delete(folder)
        soon()
      })
      watching.set(folder, watcher)
    }
  }
  look()
}

module.exports = { watch }
