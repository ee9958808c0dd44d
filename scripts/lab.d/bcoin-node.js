// bcoin's full node with what its command line does not offer: a user agent of our choice, and peers that
// are told of no address but --public-host.
// Usage: node bcoin-node.js BCOIN_PACKAGE AGENT_COMMENT [bcoin options]
'use strict';

process.title = 'bcoin';

const [, , home, comment] = process.argv;
process.argv.splice(2, 2);

const FullNode = require(`${home}/lib/node/fullnode`);
const {version} = require(`${home}/package.json`);

const node = new FullNode({config: true, argv: true, env: true, loader: require});
node.pool.options.agent = `/bcoin:${version}(${comment})/`;

// What Bitcoin Core calls discover=0: else peers are told of each public address of this machine.
for (const [name, {addr}] of node.pool.hosts.local) {
  if (addr.host !== node.pool.options.publicHost) {
    node.pool.hosts.local.delete(name);
  }
}

process.on('unhandledRejection', (error) => {
  throw error;
});

process.on('SIGTERM', async () => {
  await node.close();
  process.exit(0);
});

(async () => {
  await node.ensure();
  await node.open();
  await node.connect();
  node.startSync();
})();
