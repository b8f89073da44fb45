// The public types of rekue, written by hand and checked against use in __tests__/types.test-d.ts.

import { EventEmitter } from 'node:events'

declare class Queue extends EventEmitter {
  constructor(options?: Queue.QueueOptions)
  create<D extends object = Record<string, unknown>>(type: string, data?: D): Queue.Job<D>
  add<D extends object = Record<string, unknown>>(
    type: string,
    data?: D,
    options?: Queue.JobOptions
  ): Promise<Queue.Job<D>>
  close(timeoutMs?: number): Promise<void>
}

declare namespace Queue {
  interface QueueOptions {
    /** URL of the store; wins over `redis`. */
    store?: string
    /** Kue's: URL, or host and port of a Redis. */
    redis?: string | { host?: string; port?: number; auth?: string; db?: number }
    /** Prefix of all keys, default `q`. */
    prefix?: string
    /** Milliseconds until a pending call is rejected with ERR_STORE_UNAVAILABLE. */
    connectTimeout?: number
    commandTimeout?: number
  }

  type Priority = 'low' | 'normal' | 'medium' | 'high' | 'critical' | number

  interface JobOptions {
    priority?: Priority
    attempts?: number
    /** Milliseconds, or a date. */
    delay?: number | Date
    /** Milliseconds. */
    ttl?: number
    removeOnComplete?: boolean
  }

  class Job<D extends object = Record<string, unknown>> extends EventEmitter {
    readonly id: number
    type: string
    data: D
    save(callback?: (error: Error | null) => void): this
  }

  function createQueue(options?: QueueOptions): Queue
  const version: string
  const cache: typeof import('./types/cache')
}

export = Queue
