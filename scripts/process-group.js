'use strict'

/** The processes of a group: who is left of it, and signals to all of it. */

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')

/** Linux without any program; a slim container has no ps. @param {number} group */
function groupFromProc(group) {
  const found = []
  for (const pid of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    try {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
      // `pid (name) state ppid pgrp …`, where the name may hold spaces and brackets.
      const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      // A zombie has ended; whoever adopted it has yet to ask how.
      if (Number(pgrp) !== group || state === 'Z' || state === 'X') continue
      const command = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      found.push(`${pid} ${command}`)
    } catch {
      // It ended while we looked.
    }
  }
  return found
}

/** @param {number} group */
function groupFromPs(group) {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,pgid=,stat=,command='], {
    encoding: 'utf8'
  })
  const found = []
  for (const line of (stdout || '').split('\n')) {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line)
    if (!match || Number(match[2]) !== group || match[3].startsWith('Z')) continue
    found.push(`${match[1]} ${match[4]}`)
  }
  return found
}

/**
 * The processes of a group that run, as `pid command`. Windows has no groups: none.
 * @param {number} group
 * @returns {string[]}
 */
function processesOfGroup(group) {
  if (process.platform === 'win32') return []
  return process.platform === 'linux' ? groupFromProc(group) : groupFromPs(group)
}

/**
 * @param {number} group
 * @param {NodeJS.Signals} signal
 */
function signalGroup(group, signal) {
  try {
    process.kill(process.platform === 'win32' ? group : -group, signal)
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error
  }
}

module.exports = { processesOfGroup, signalGroup }
