'use strict'

/**
 * Streams of server-sent events that are open now. A stream has no end of its own, so the shutdown
 * must end them; clients connect again by themselves, to an instance that is left.
 */
class Streams {
  /** @type {Set<import('express').Response>} */
  #open = new Set()

  /**
   * Begin a stream as the answer to a request.
   * @param {import('express').Response} res
   */
  open(res) {
    res.status(200)
    res.set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // nginx would collect events until its buffer is full.
      'X-Accel-Buffering': 'no'
    })
    res.flushHeaders()
    this.#open.add(res)
    res.once('close', () => this.#open.delete(res))
    return {
      /** @param {string} event @param {object} data */
      send(event, data) {
        if (!res.writableEnded) res.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
      },
      end() {
        res.end()
      }
    }
  }

  endAll() {
    for (const res of this.#open) res.end()
  }
}

module.exports = { Streams }
