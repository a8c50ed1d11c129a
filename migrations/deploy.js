// `anchor migrate` calls this file. It runs `cargo xtask deploy` with the cluster and the wallet that Anchor.toml names.
// The deployment itself is in xtask, so it needs neither Anchor's command line nor its npm package.
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
    // Anchor leaves no terminal to ask at. Beyond this machine, the deployment is only shown unless BALLAST_YES=1.
    const consent = local || process.env.BALLAST_YES === '1' ? '--yes' : '--dry-run';
    if (consent === '--dry-run') {
        console.log('Nothing is sent; this only shows the deployment. To deploy, run BALLAST_YES=1 anchor migrate');
    }
    const options = ['--config', config, '--keypair', process.env.ANCHOR_WALLET, consent];
    // Not an argument, because it may contain the key that pays for the node, and process lists show arguments.
    const env = { ...process.env, BALLAST_CLUSTER: url };
    const running = { cwd: `${__dirname}/..`, stdio: 'inherit', env };
    const deploy = spawnSync('cargo', ['xtask', 'deploy', ...options], running);
    process.exitCode = deploy.status ?? 1;
};
