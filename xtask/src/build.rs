//! `cargo xtask build`: compiles the programs for the chain.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Result, ensure};

use crate::workspace::{self, Program};
use crate::{artifact, chain, run};

/// Ballast, and the program that the tests act with. World needs both.
const PROGRAMS: [&str; 2] = ["ballast", "stage-program"];

#[derive(clap::Args)]
pub struct Args {
    /// The crate of a program in the workspace
    #[arg(long, short, default_values = PROGRAMS)]
    package: Vec<String>,
    /// Use the project's own toolchain even where Solana's is installed; BALLAST_TOOLCHAIN=own does the same
    #[arg(long)]
    own_toolchain: bool,
}

pub fn run(args: &Args) -> Result<()> {
    let toolchain = if args.own_toolchain { Toolchain::Own } else { Toolchain::Any };
    for package in &args.package {
        let so = program(package, toolchain)?;
        let bytes = fs::read(&so)?;
        println!(
            "{}  {} bytes  sha256 {}",
            so.strip_prefix(workspace::root())?.display(),
            bytes.len(),
            artifact::sha256(&bytes)
        );
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Toolchain {
    /// The toolchain of [`chain`]. The committed compute units and sizes come from it.
    Own,
    /// Solana's toolchain where it is installed, unless BALLAST_TOOLCHAIN=own.
    Any,
}

/// Compiles all programs that World needs.
pub fn programs(toolchain: Toolchain) -> Result<()> {
    PROGRAMS.iter().try_for_each(|package| program(package, toolchain).map(drop))
}

/// Compiles the program of `package` into target/deploy, where Anchor's tools and our tests expect it.
fn program(package: &str, toolchain: Toolchain) -> Result<PathBuf> {
    let program = Program::find(package)?;
    let deploy = workspace::root().join("target/deploy");
    fs::create_dir_all(&deploy)?;
    let so = deploy.join(format!("{}.so", program.library));
    let own = toolchain == Toolchain::Own || env::var_os("BALLAST_TOOLCHAIN").is_some_and(|choice| choice == "own");
    match solanas_build_sbf() {
        Some(build_sbf) if !own => build_with_solanas(&build_sbf, &program, &deploy)?,
        _ => artifact::write(&so, &fs::read(chain::build(&program)?)?)?,
    }
    ensure!(so.is_file(), "the build passed but left no {}", so.display());
    Ok(so)
}

/// `cargo-build-sbf` on PATH, unless it is our stand-in for it, which calls this xtask.
fn solanas_build_sbf() -> Option<PathBuf> {
    let stand_in = workspace::root().join("toolchain/bin").canonicalize().ok();
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .filter(|folder| folder.canonicalize().ok() != stand_in)
        .map(|folder| folder.join("cargo-build-sbf"))
        .find(|tool| tool.is_file())
}

fn build_with_solanas(build_sbf: &Path, program: &Program, deploy: &Path) -> Result<()> {
    eprintln!("compiling with {}", build_sbf.display());
    let mut command = Command::new(build_sbf);
    command.args(["build-sbf", "--arch", "v3", "--manifest-path"]).arg(&program.manifest);
    command.arg("--sbf-out-dir").arg(deploy).current_dir(workspace::root());
    // cargo-build-sbf chooses its compiler. These variables name the one that runs this xtask.
    for variable in ["CARGO", "RUSTC", "RUSTUP_TOOLCHAIN", "RUSTFLAGS"] {
        command.env_remove(variable);
    }
    run::show(&mut command)
}
