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
    // Anchor leaves nobody a terminal to be asked at: what is not for this machine is only shown until it is asked for.
    const consent = local || process.env.BALLAST_YES === '1' ? '--yes' : '--dry-run';
    if (consent === '--dry-run') {
        console.log('Nothing is sent: this shows what it would do. To do it: BALLAST_YES=1 anchor migrate');
    }
    const options = ['--config', config, '--keypair', process.env.ANCHOR_WALLET, consent];
    // Not as an argument: it may contain the key that pays for the node, and process lists show arguments.
    const env = { ...process.env, BALLAST_CLUSTER: url };
    const running = { cwd: `${__dirname}/..`, stdio: 'inherit', env };
    const deploy = spawnSync('cargo', ['xtask', 'deploy', ...options], running);
    process.exitCode = deploy.status ?? 1;
};
