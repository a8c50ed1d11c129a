//! Runs beside a localnet on the usual ports: a test takes other ports and folders.
//!
//! Guides name the usual ones. A test replaces them in the commands, and passes the others to the programs in
//! environment variables.

use crate::root;
use ballast_testkit::ports::free_ports;
use std::path::PathBuf;
use std::process::Command;

/// The ports and the folder of one run.
pub struct Place {
    /// Below target/tmp, relative to the root.
    folder: String,
    rpc: u16,
    websocket: u16,
    router: u16,
    /// The keeper's health and metrics.
    pub keeper: u16,
}

impl Place {
    /// Takes free ports and an empty folder.
    pub fn new(name: &str) -> std::io::Result<Self> {
        let folder = format!("target/tmp/{name}");
        let path = root().join(&folder);
        if path.exists() {
            std::fs::remove_dir_all(&path)?;
        }
        std::fs::create_dir_all(&path)?;
        let [rpc, websocket, router, keeper] = free_ports();
        Ok(Self { folder, rpc, websocket, router, keeper })
    }

    pub fn folder(&self) -> PathBuf {
        root().join(&self.folder)
    }

    /// Replaces the usual ports and folders in commands.
    pub fn replaced(&self, commands: &str) -> String {
        let Self { folder, rpc, websocket, router, keeper } = self;
        let file = "migrations/config/localnet.toml";
        [
            ("127.0.0.1:8899", format!("127.0.0.1:{rpc}")),
            ("127.0.0.1:8900", format!("127.0.0.1:{websocket}")),
            ("127.0.0.1:8901", format!("127.0.0.1:{router}")),
            ("127.0.0.1:9464", format!("127.0.0.1:{keeper}")),
            ("--cluster localnet", format!("--cluster http://127.0.0.1:{rpc} --config {file}")),
            ("target/localnet", format!("{folder}/localnet")),
            ("target/keeper", format!("{folder}/keeper")),
        ]
        .iter()
        .fold(commands.to_owned(), |commands, (usual, ours)| commands.replace(usual, ours))
    }

    /// Sets the variables that replace the programs' defaults.
    pub fn set_environment(&self, command: &mut Command) {
        let Self { folder, rpc, websocket, router, keeper } = self;
        let [rpc_url, router_url] = [rpc, router].map(|port| format!("http://127.0.0.1:{port}"));
        command
            .env("BALLAST_LOCALNET_PORT", rpc.to_string())
            .env("BALLAST_LOCALNET_WS_PORT", websocket.to_string())
            .env("BALLAST_LOCALNET_SWAP_PORT", router.to_string())
            .env("BALLAST_LOCALNET_STATE", root().join(folder).join("localnet"))
            .env("BALLAST_URL", &rpc_url)
            .env("BALLAST_KEEPER_KEYPAIR", format!("{folder}/localnet/liquidator.json"))
            .env("BALLAST_KEEPER_SOURCE__RPC", rpc_url)
            .env("BALLAST_KEEPER_SOURCE__WEBSOCKET", format!("ws://127.0.0.1:{websocket}"))
            .env("BALLAST_KEEPER_SWAP__JUPITER", router_url)
            .env("BALLAST_KEEPER_HTTP__LISTEN", format!("127.0.0.1:{keeper}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_usual_port_or_folder_remains() -> std::io::Result<()> {
        let place = Place::new("usual")?;
        let commands =
            "curl http://127.0.0.1:9464/ http://127.0.0.1:8899 target/localnet/alice.json target/keeper/state";
        let replaced = place.replaced(commands);
        for usual in ["8899", "9464", "target/localnet", "target/keeper"] {
            assert!(!replaced.contains(usual), "{replaced}");
        }
        Ok(())
    }
}
