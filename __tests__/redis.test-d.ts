/** Uses of the types of rekue/redis; see types.test-d.ts. */

import redis = require('rekue/redis')
import Queue = require('..')

const client: redis.RedisClient = redis.createClient({ port: 6379, retry_strategy: () => 100 })
redis.createClient(6379, '127.0.0.1', { db: 1 }).quit()
redis.createClient('redis://127.0.0.1:6379', { prefix: 'p:' }).end(true)
client.set('key', 1, redis.print)
client.HGETALL('hash', (error: Error | null, reply: Record<string, string> | null) => void error)
client.hset('hash', { field: 1 }, (error) => void error)
client.mget(['a', 'b'])
client
  .multi()
  .set('a', 1)
  .get('a')
  .exec((error, replies) => void replies.length)
const text: Promise<string | null> = client.async.get('key')
const replies: Promise<any[]> = client.async.multi().get('a').exec()
const connected: boolean = client.connected

// @ts-expect-error -- no such command
client.gett('key')
// @ts-expect-error -- no callback
client.async.get('key').exec()

const queue = Queue.createQueue()
const key: string | undefined = queue.client?.getKey('jobs')
queue.client?.zcard(key, redis.print)
const shared: redis.RedisClient = Queue.redis.client()

void [text, replies, connected, shared]
