// What `anchor migrate` calls: `cargo xtask deploy` with the cluster and the wallet that Anchor.toml names. The deployment itself is
// there, so that it needs neither Anchor's command line nor its npm package.
const { spawnSync } = require('node:child_process');

module.exports = (provider) => {
    const url = provider.connection.rpcEndpoint;
    const local = /^http:\/\/(localhost|127\.0\.0\.1)(:|\/|$)/.test(url);
    const config = process.env.BALLAST_CONFIG ?? (local ? 'migrations/config/localnet.toml' : undefined);
    if (config === undefined) {
        throw new Error(
            'name the market of this cluster: BALLAST_CONFIG=migrations/config/<cluster>.toml anchor migrate',
        );
    }
    const options = ['--cluster', url, '--config', config, '--keypair', process.env.ANCHOR_WALLET];
    const deploy = spawnSync('cargo', ['xtask', 'deploy', ...options], { cwd: `${__dirname}/..`, stdio: 'inherit' });
    process.exitCode = deploy.status ?? 1;
};
