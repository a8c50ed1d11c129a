//! Unpacks Debian packages into the cache. This installs nothing: it needs no root, leaves the machine as it is, and works on any Debian
//! release.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::run;

const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Debian 12 with its security updates: its C library is old enough for every machine that we support.
pub const BOOKWORM: &[&str] =
    &["http://deb.debian.org/debian bookworm", "http://deb.debian.org/debian-security bookworm-security"];

pub struct Packages {
    /// Archive and suite of each source, as in sources.list.
    pub sources: &'static [&'static str],
    pub wanted: &'static [&'static str],
    /// Packages that the machine brings; apt downloads neither them nor their dependencies.
    pub provided: &'static [&'static str],
    /// The start of the version of `wanted[0]` that this recipe was verified with.
    pub verified: &'static str,
    /// The hint for a machine that cannot unpack them.
    pub instead: &'static str,
}

impl Packages {
    /// Downloads the wanted packages with their dependencies and unpacks them into `folder`, with a list of them.
    pub fn unpack(&self, folder: &Path) -> Result<()> {
        self.check_machine()?;
        let apt = folder.join("apt");
        self.prepare(&apt)?;
        run::capture(apt_get(&apt).arg("update"))
            .context("could not load Debian's package lists\nhint: check that deb.debian.org is reachable from here")?;
        let install = ["install", "--yes", "--download-only", "--no-install-recommends"];
        run::capture(apt_get(&apt).args(install).args(self.wanted))?;

        let mut unpacked = Vec::new();
        for entry in fs::read_dir(apt.join("archives"))? {
            let package = entry?.path();
            if package.extension().is_some_and(|extension| extension == "deb") {
                run::capture(Command::new("dpkg").arg("--extract").arg(&package).arg(folder))?;
                unpacked.push(run::capture(Command::new("dpkg-deb").arg("--show").arg(&package))?);
            }
        }
        unpacked.sort();
        self.warn_if_unverified(&unpacked);
        fs::write(folder.join("packages.txt"), unpacked.concat())?;
        fs::remove_dir_all(apt)?;
        Ok(())
    }

    fn check_machine(&self) -> Result<()> {
        let (name, instead) = (self.wanted[0], self.instead);
        if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            bail!("Debian's {name} can be unpacked on Linux on x86-64 only\nhint: {instead}");
        }
        for tool in ["apt-get", "dpkg"] {
            if Command::new(tool).arg("--version").output().is_err() {
                bail!("`{tool}` is missing; it unpacks Debian's {name}\nhint: {instead}");
            }
        }
        if !Path::new(KEYRING).exists() {
            bail!("Debian's signing keys are missing ({KEYRING})\nhint: apt-get install debian-archive-keyring");
        }
        Ok(())
    }

    /// Writes a separate state for apt, in which only the provided packages are installed.
    fn prepare(&self, apt: &Path) -> Result<()> {
        fs::create_dir_all(apt.join("lists/partial"))?;
        fs::create_dir_all(apt.join("archives/partial"))?;
        let source = |source: &&str| format!("deb [arch=amd64 signed-by={KEYRING}] {source} main\n");
        fs::write(apt.join("sources.list"), self.sources.iter().map(source).collect::<String>())?;
        let provided = |name: &&str| {
            format!(
                "Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nMulti-Arch: same\nVersion: 999\n\
                 Maintainer: none\nDescription: brought by the machine\n\n"
            )
        };
        fs::write(apt.join("status"), self.provided.iter().map(provided).collect::<String>())?;
        Ok(())
    }

    fn warn_if_unverified(&self, unpacked: &[String]) {
        let version = |line: &String| Some(line.trim().strip_prefix(self.wanted[0])?.strip_prefix('\t')?.to_owned());
        let version = unpacked.iter().find_map(version).unwrap_or_default();
        if !version.starts_with(self.verified) {
            let (name, verified) = (self.wanted[0], self.verified);
            eprintln!("\nwarning: Debian offers {name} {version}, this build was verified with {verified}*");
        }
    }
}

/// apt-get with separate folders. It neither reads nor writes the machine's sources, pins, lists, cache and locks. It reads the machine's
/// network settings.
fn apt_get(apt: &Path) -> Command {
    let mut command = Command::new("apt-get");
    for (setting, path) in [
        ("Dir::Etc::sourcelist", "sources.list"),
        ("Dir::State", ""),
        ("Dir::State::lists", "lists"),
        ("Dir::State::status", "status"),
        ("Dir::Cache", ""),
        ("Dir::Cache::archives", "archives"),
    ] {
        command.arg(format!("-o{setting}={}", apt.join(path).display()));
    }
    for unused in ["sourceparts", "preferences", "preferencesparts"] {
        command.arg(format!("-oDir::Etc::{unused}=/dev/null"));
    }
    command.args(["-oAPT::Architecture=amd64", "-oAPT::Architectures::=amd64", "-oAcquire::Languages=none"]);
    // As root, apt would switch to a user who cannot read our folders. And without this mode, `update` succeeds without a network.
    command.args(["-oAPT::Sandbox::User=root", "-oAPT::Update::Error-Mode=any"]);
    command.env("LC_ALL", "C");
    command
}
