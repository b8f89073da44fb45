// The public types of rekue/redis, written by hand and checked against use in
// __tests__/redis.test-d.ts.

import { EventEmitter } from 'node:events'

/**
 * A Redis client with node_redis's interface (2.8 and 3.1).
 *
 * @example
 * const client = redis.createClient('redis://127.0.0.1:6379/0')
 * client.set('key', 'value', redis.print)
 * const value = await client.async.get('key')
 */
declare namespace redis {
  /** `port, [host], [options]`, a URL or a unix socket's path with options, or options. */
  function createClient(port?: number | string, host?: string, options?: ClientOptions): RedisClient
  function createClient(port: number | string, options?: ClientOptions): RedisClient
  function createClient(options?: ClientOptions): RedisClient

  /** Write an outcome to the console: `Reply: …`, or the error. */
  function print(error: Error | null, reply?: unknown): void

  /** Make methods of a command that rekue does not know, e.g. one of a module. */
  function addCommand(command: string): void
  const add_command: typeof addCommand
  /** Can be set; there is nothing that it would print. */
  let debug_mode: boolean

  /** Options may be written in camelCase too. */
  interface ClientOptions {
    /** Default 127.0.0.1. */
    host?: string
    /** Default 6379. */
    port?: number | string
    /** A unix socket; wins over host and port. */
    path?: string
    url?: string
    family?: 'IPv4' | 'IPv6'
    db?: number | string
    password?: string
    auth_pass?: string
    /** A user of Redis's ACLs. */
    user?: string
    auth_user?: string
    /** As for Node's `tls.connect`; another name that could make it safer is ERR_INVALID_ARG. */
    tls?:
      | boolean
      | {
          ca?: string | Buffer | (string | Buffer)[]
          cert?: string | Buffer
          key?: string | Buffer
          servername?: string
          rejectUnauthorized?: boolean
        }
    /** Replies as Buffers. */
    return_buffers?: boolean
    /** Replies as Buffers to commands that have a Buffer among their arguments. */
    detect_buffers?: boolean
    /** Numbers as strings, so that none is rounded. */
    string_numbers?: boolean
    /** Put before every key. */
    prefix?: string
    /** Names that the server has given to commands. */
    rename_commands?: Record<string, string>
    /** Be ready without asking the server whether it has loaded its data. */
    no_ready_check?: boolean
    /** Keep commands that come before the connection is up. Default true. */
    enable_offline_queue?: boolean
    /** Send again what had no reply when a connection broke. It may take effect twice. */
    retry_unfulfilled_commands?: boolean
    disable_resubscribing?: boolean
    /** Milliseconds of attempts, all in all. Default an hour. */
    connect_timeout?: number
    max_attempts?: number
    /** Milliseconds between two attempts, at most. */
    retry_max_delay?: number
    /** Gives the milliseconds until the next attempt; anything but a number ends the client. */
    retry_strategy?(options: RetryOptions): number | unknown
    socket_keepalive?: boolean
    /** Milliseconds of silence before the first probe. */
    socket_initial_delay?: number
    [option: string]: unknown
  }

  interface RetryOptions {
    attempt: number
    /** What the last attempt failed with. */
    error: (Error & { code?: string }) | null
    total_retry_time: number
    times_connected: number
  }

  type Argument = string | number | boolean | Buffer | Date
  type Callback<T = any> = (error: Error | null, reply: T) => void
  type Given =
    | Argument
    | readonly (Argument | Callback)[]
    | Readonly<Record<string, Argument>>
    | Callback
    | undefined

  /** Answers whether the command left at once. */
  type CommandMethod<Result> = (...args: Given[]) => Result

  /** Commands of Redis; each is a method in lower and in upper case. */
  type CommandName =
    | 'acl'
    | 'append'
    | 'asking'
    | 'auth'
    | 'bgrewriteaof'
    | 'bgsave'
    | 'bitcount'
    | 'bitfield'
    | 'bitfield_ro'
    | 'bitop'
    | 'bitpos'
    | 'blmove'
    | 'blmpop'
    | 'blpop'
    | 'brpop'
    | 'brpoplpush'
    | 'bzmpop'
    | 'bzpopmax'
    | 'bzpopmin'
    | 'client'
    | 'cluster'
    | 'command'
    | 'config'
    | 'copy'
    | 'dbsize'
    | 'debug'
    | 'decr'
    | 'decrby'
    | 'del'
    | 'discard'
    | 'dump'
    | 'echo'
    | 'eval'
    | 'eval_ro'
    | 'evalsha'
    | 'evalsha_ro'
    | 'exec'
    | 'exists'
    | 'expire'
    | 'expireat'
    | 'expiretime'
    | 'failover'
    | 'fcall'
    | 'fcall_ro'
    | 'flushall'
    | 'flushdb'
    | 'function'
    | 'geoadd'
    | 'geodist'
    | 'geohash'
    | 'geopos'
    | 'georadius'
    | 'georadius_ro'
    | 'georadiusbymember'
    | 'georadiusbymember_ro'
    | 'geosearch'
    | 'geosearchstore'
    | 'get'
    | 'getbit'
    | 'getdel'
    | 'getex'
    | 'getrange'
    | 'getset'
    | 'hdel'
    | 'hello'
    | 'hexists'
    | 'hexpire'
    | 'hexpireat'
    | 'hexpiretime'
    | 'hget'
    | 'hgetall'
    | 'hgetdel'
    | 'hgetex'
    | 'hincrby'
    | 'hincrbyfloat'
    | 'hkeys'
    | 'hlen'
    | 'hmget'
    | 'hmset'
    | 'hpersist'
    | 'hpexpire'
    | 'hpexpireat'
    | 'hpexpiretime'
    | 'hpttl'
    | 'hrandfield'
    | 'hscan'
    | 'hset'
    | 'hsetex'
    | 'hsetnx'
    | 'hstrlen'
    | 'httl'
    | 'hvals'
    | 'incr'
    | 'incrby'
    | 'incrbyfloat'
    | 'info'
    | 'keys'
    | 'lastsave'
    | 'latency'
    | 'lcs'
    | 'lindex'
    | 'linsert'
    | 'llen'
    | 'lmove'
    | 'lmpop'
    | 'lolwut'
    | 'lpop'
    | 'lpos'
    | 'lpush'
    | 'lpushx'
    | 'lrange'
    | 'lrem'
    | 'lset'
    | 'ltrim'
    | 'memory'
    | 'mget'
    | 'migrate'
    | 'module'
    | 'monitor'
    | 'move'
    | 'mset'
    | 'msetnx'
    | 'multi'
    | 'object'
    | 'persist'
    | 'pexpire'
    | 'pexpireat'
    | 'pexpiretime'
    | 'pfadd'
    | 'pfcount'
    | 'pfdebug'
    | 'pfmerge'
    | 'pfselftest'
    | 'ping'
    | 'post'
    | 'psetex'
    | 'psubscribe'
    | 'psync'
    | 'pttl'
    | 'publish'
    | 'pubsub'
    | 'punsubscribe'
    | 'quit'
    | 'randomkey'
    | 'readonly'
    | 'readwrite'
    | 'rename'
    | 'renamenx'
    | 'replconf'
    | 'replicaof'
    | 'reset'
    | 'restore'
    | 'restore-asking'
    | 'role'
    | 'rpop'
    | 'rpoplpush'
    | 'rpush'
    | 'rpushx'
    | 'sadd'
    | 'save'
    | 'scan'
    | 'scard'
    | 'script'
    | 'sdiff'
    | 'sdiffstore'
    | 'select'
    | 'set'
    | 'setbit'
    | 'setex'
    | 'setnx'
    | 'setrange'
    | 'shutdown'
    | 'sinter'
    | 'sintercard'
    | 'sinterstore'
    | 'sismember'
    | 'slaveof'
    | 'slowlog'
    | 'smembers'
    | 'smismember'
    | 'smove'
    | 'sort'
    | 'sort_ro'
    | 'spop'
    | 'spublish'
    | 'srandmember'
    | 'srem'
    | 'sscan'
    | 'ssubscribe'
    | 'stralgo'
    | 'strlen'
    | 'subscribe'
    | 'substr'
    | 'sunion'
    | 'sunionstore'
    | 'sunsubscribe'
    | 'swapdb'
    | 'sync'
    | 'time'
    | 'touch'
    | 'ttl'
    | 'type'
    | 'unlink'
    | 'unsubscribe'
    | 'unwatch'
    | 'wait'
    | 'waitaof'
    | 'watch'
    | 'xack'
    | 'xadd'
    | 'xautoclaim'
    | 'xclaim'
    | 'xdel'
    | 'xgroup'
    | 'xinfo'
    | 'xlen'
    | 'xpending'
    | 'xrange'
    | 'xread'
    | 'xreadgroup'
    | 'xrevrange'
    | 'xsetid'
    | 'xtrim'
    | 'zadd'
    | 'zcard'
    | 'zcount'
    | 'zdiff'
    | 'zdiffstore'
    | 'zincrby'
    | 'zinter'
    | 'zintercard'
    | 'zinterstore'
    | 'zlexcount'
    | 'zmpop'
    | 'zmscore'
    | 'zpopmax'
    | 'zpopmin'
    | 'zrandmember'
    | 'zrange'
    | 'zrangebylex'
    | 'zrangebyscore'
    | 'zrangestore'
    | 'zrank'
    | 'zrem'
    | 'zremrangebylex'
    | 'zremrangebyrank'
    | 'zremrangebyscore'
    | 'zrevrange'
    | 'zrevrangebylex'
    | 'zrevrangebyscore'
    | 'zrevrank'
    | 'zscan'
    | 'zscore'
    | 'zunion'
    | 'zunionstore'

  type Commands<Result> = {
    [Name in CommandName | Uppercase<CommandName>]: CommandMethod<Result>
  }

  /**
   * Events: `connect`, `ready`, `reconnecting`, `error`, `end`, `message`, `pmessage`, `subscribe`,
   * `unsubscribe`, `psubscribe`, `punsubscribe`, `message_buffer`, `pmessage_buffer`, `monitor`,
   * `warning`, `idle`, `drain`.
   *
   * A client keeps its process alive until `quit`, `end` or `unref`.
   */
  class RedisClient extends EventEmitter {
    constructor(options?: ClientOptions)
    /** Whether the connection stands. */
    connected: boolean
    /** Whether commands leave at once. */
    ready: boolean
    readonly options: ClientOptions
    selected_db: number | string | undefined
    readonly address: string
    readonly connection_id: number
    readonly server_info: Record<string, any>
    readonly command_queue_length: number
    readonly offline_queue_length: number
    /** Every command as a method that gives a promise. */
    readonly async: AsyncCommands

    multi(commands?: unknown[][]): Multi
    MULTI(commands?: unknown[][]): Multi
    batch(commands?: unknown[][]): Multi
    BATCH(commands?: unknown[][]): Multi
    send_command(command: string, callback?: Callback): boolean
    send_command(command: string, args?: readonly Argument[], callback?: Callback): boolean
    sendCommand(command: string, callback?: Callback): boolean
    sendCommand(command: string, args?: readonly Argument[], callback?: Callback): boolean
    duplicate(options?: ClientOptions): RedisClient
    duplicate(callback: Callback<RedisClient>): void
    duplicate(options: ClientOptions | undefined, callback: Callback<RedisClient>): void
    /** Close without waiting for replies. @param flush end commands that wait with an error */
    end(flush?: boolean): void
    /** Let the process end although this client is connected. */
    unref(): void
    ref(): void
  }
  interface RedisClient extends Omit<Commands<boolean>, 'multi' | 'MULTI'> {}

  /** Commands that wait for `exec`. */
  class Multi {
    constructor(client: RedisClient, commands?: unknown[][])
    exec(callback?: Callback<any[]>): boolean
    EXEC(callback?: Callback<any[]>): boolean
    /** As a transaction only where there is more than one command. */
    exec_atomic(callback?: Callback<any[]>): boolean
    /** Without a transaction. */
    exec_batch(callback?: Callback<any[]>): boolean
  }
  interface Multi extends Omit<Commands<Multi>, 'multi' | 'MULTI' | 'exec' | 'EXEC'> {}

  /** The same, with promises. */
  interface AsyncMulti extends Omit<Commands<AsyncMulti>, 'multi' | 'MULTI' | 'exec' | 'EXEC'> {
    exec(): Promise<any[]>
    EXEC(): Promise<any[]>
    exec_atomic(): Promise<any[]>
    exec_batch(): Promise<any[]>
  }

  interface AsyncCommands extends Omit<Commands<Promise<any>>, 'multi' | 'MULTI'> {
    multi(commands?: unknown[][]): AsyncMulti
    MULTI(commands?: unknown[][]): AsyncMulti
    batch(commands?: unknown[][]): AsyncMulti
    BATCH(commands?: unknown[][]): AsyncMulti
    send_command(command: string, args?: readonly Argument[]): Promise<any>
    sendCommand(command: string, args?: readonly Argument[]): Promise<any>
  }

  class RedisError extends Error {}
  /** An error that Redis answered; `code` is the word that it begins with. */
  class ReplyError extends RedisError {
    code?: string
    command: string
    args?: unknown[]
  }
  /** The server sent what is no reply. */
  class ParserError extends RedisError {}
  /** A command that got no reply. */
  class AbortError extends RedisError {
    code: 'NR_CLOSED' | 'UNCERTAIN_STATE' | 'CONNECTION_BROKEN' | 'NR_FATAL'
    command: string
    args?: unknown[]
    /** What the connection failed with. */
    origin?: Error
  }
  class AggregateError extends AbortError {}
}

export = redis
