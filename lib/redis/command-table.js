'use strict'

/**
 * The commands of Redis and where their keys stand, from what servers answer to COMMAND (7.0; a
 * few of later releases beside them). Needed to make a method of each, and for the option prefix.
 */

/** Positions count from 1, the command's own name being 0; below 0 they count from the end. */
const FIXED = [
  {
    first: 0,
    last: 0,
    step: 0,
    names: `
      acl asking auth bgrewriteaof bgsave client cluster command config dbsize debug discard echo
      exec failover flushall flushdb function hello info keys lastsave latency lolwut module
      monitor multi pfselftest ping post psubscribe psync publish pubsub punsubscribe quit
      randomkey readonly readwrite replconf replicaof reset role save scan script select shutdown
      slaveof slowlog stralgo subscribe swapdb sync time unsubscribe unwatch wait waitaof`
  },
  {
    first: 1,
    last: 1,
    step: 1,
    names: `
      append bitcount bitfield bitfield_ro bitpos decr decrby dump expire expireat expiretime
      geoadd geodist geohash geopos georadius georadius_ro georadiusbymember georadiusbymember_ro
      geosearch get getbit getdel getex getrange getset hdel hexists hexpire hexpireat hexpiretime
      hget hgetall hgetdel hgetex hincrby hincrbyfloat hkeys hlen hmget hmset hpersist hpexpire
      hpexpireat hpexpiretime hpttl hrandfield hscan hset hsetex hsetnx hstrlen httl hvals incr
      incrby incrbyfloat lindex linsert llen lpop lpos lpush lpushx lrange lrem lset ltrim move
      persist pexpire pexpireat pexpiretime pfadd psetex pttl restore restore-asking rpop rpush
      rpushx sadd scard set setbit setex setnx setrange sismember smembers smismember spop
      spublish srandmember srem sscan strlen substr ttl type xack xadd xautoclaim xclaim xdel xlen
      xpending xrange xrevrange xsetid xtrim zadd zcard zcount zincrby zlexcount zmscore zpopmax
      zpopmin zrandmember zrange zrangebylex zrangebyscore zrank zrem zremrangebylex
      zremrangebyrank zremrangebyscore zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan
      zscore`
  },
  {
    first: 1,
    last: 2,
    step: 1,
    names: `
      blmove brpoplpush copy geosearchstore lcs lmove rename renamenx rpoplpush smove zrangestore`
  },
  {
    first: 1,
    last: -1,
    step: 1,
    names: `
      del exists mget pfcount pfmerge sdiff sdiffstore sinter sinterstore ssubscribe sunion
      sunionstore sunsubscribe touch unlink watch`
  },
  {
    first: 1,
    last: -1,
    step: 2,
    names: `
      mset msetnx`
  },
  {
    first: 1,
    last: -2,
    step: 1,
    names: `
      blpop brpop bzpopmax bzpopmin`
  },
  {
    first: 2,
    last: -1,
    step: 1,
    names: `
      bitop`
  },
  {
    first: 2,
    last: 2,
    step: 1,
    names: `
      pfdebug`
  }
]

/** @typedef {(args: any[]) => number[]} KeyFinder gives indices into the arguments */

/**
 * Keys after their number, which stands at `index`.
 * @param {number} index
 * @param {number[]} [before] further keys
 * @returns {KeyFinder}
 */
const counted =
  (index, before = []) =>
  (args) => {
    const count = Math.min(Number(args[index]) || 0, args.length - index - 1)
    return [...before, ...Array.from({ length: count }, (_, i) => index + 1 + i)]
  }

/** @param {any} arg @param {string} word */
const says = (arg, word) => String(arg).toUpperCase() === word

/** @type {KeyFinder} */
const afterStreams = (args) => {
  const streams = args.findIndex((arg) => says(arg, 'STREAMS'))
  if (streams < 0) return []
  const count = Math.floor((args.length - streams - 1) / 2)
  return Array.from({ length: count }, (_, i) => streams + 1 + i)
}

/** @type {KeyFinder} */
const ofSort = (args) => {
  const keys = [0]
  for (let i = 1; i < args.length - 1; i++) {
    if (says(args[i], 'BY') || says(args[i], 'STORE')) keys.push(++i)
    else if (says(args[i], 'GET') && args[++i] !== '#') keys.push(i)
  }
  return keys
}

/** @type {KeyFinder} */
const ofMigrate = (args) => {
  if (args[2] !== '') return [2]
  const keys = args.findIndex((arg, i) => i > 4 && says(arg, 'KEYS'))
  return keys < 0 ? [] : args.slice(keys + 1).map((_, i) => keys + 1 + i)
}

/** The key of commands that have a subcommand before it. @type {KeyFinder} */
const second = (args) => (args.length > 1 ? [1] : [])

/** Commands whose keys depend on their arguments. @type {Record<string, KeyFinder>} */
const MOVABLE = {
  eval: counted(1),
  eval_ro: counted(1),
  evalsha: counted(1),
  evalsha_ro: counted(1),
  fcall: counted(1),
  fcall_ro: counted(1),
  blmpop: counted(1),
  bzmpop: counted(1),
  lmpop: counted(0),
  zmpop: counted(0),
  sintercard: counted(0),
  zdiff: counted(0),
  zinter: counted(0),
  zintercard: counted(0),
  zunion: counted(0),
  zdiffstore: counted(1, [0]),
  zinterstore: counted(1, [0]),
  zunionstore: counted(1, [0]),
  xread: afterStreams,
  xreadgroup: afterStreams,
  sort: ofSort,
  sort_ro: ofSort,
  migrate: ofMigrate,
  object: second,
  memory: (args) => (says(args[0], 'USAGE') ? second(args) : []),
  xgroup: second,
  xinfo: second
}

/** @type {Map<string, KeyFinder>} */
const table = new Map(Object.entries(MOVABLE))
for (const { first, last, step, names } of FIXED) {
  /** @type {KeyFinder} */
  const find = (args) => {
    const keys = []
    const end = last < 0 ? args.length + last : last - 1
    for (let i = first - 1; first > 0 && i <= Math.min(end, args.length - 1); i += step) {
      keys.push(i)
    }
    return keys
  }
  for (const name of names.trim().split(/\s+/)) table.set(name, find)
}

/** Names of all known commands, in lower case. */
const names = [...table.keys()]

/**
 * Which arguments of a command are keys; none of a command that is not known.
 * @param {string} command in lower case
 * @param {any[]} args
 * @returns {number[]}
 */
function keyIndexes(command, args) {
  return table.get(command)?.(args) ?? []
}

module.exports = { names, keyIndexes }
